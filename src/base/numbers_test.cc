#include "base/numbers.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

TEST(Numbers, ReadsPlainDecimals) {
  EXPECT_EQ(parse_double("29.85"), 29.85);
  EXPECT_EQ(parse_double("-0.5e3"), -500.0);
  EXPECT_EQ(parse_double("+7"), 7.0);
}

TEST(Numbers, RefusesWhatIsNoMeasurement) {
  for (const char* text :
       {"", " ", "1 ", " 1", "12a", "0x10", "NaN", "inf", "Infinity", "1e999", "--1", "+-1", "++1"})
    EXPECT_EQ(parse_double(text), std::nullopt) << '"' << text << '"';
}

TEST(Numbers, ShortestTextReadsBackAsTheSameDouble) {
  for (const double value : {0.1, 1.0, 1e30, 0.8056801195814649, 5e-324, -0.0}) {
    EXPECT_EQ(parse_double(shortest(value)), value);
  }
  EXPECT_EQ(shortest(0.1), "0.1");
  EXPECT_EQ(shortest(1.0), "1");
}

}  // namespace
}  // namespace churnstream
