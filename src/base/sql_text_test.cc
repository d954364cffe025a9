#include "base/sql_text.h"

#include <gtest/gtest.h>

#include "base/ascii.h"

namespace churnstream {
namespace {

TEST(SqlText, QuotesSoThatNothingEndsItEarly) {
  EXPECT_EQ(sql_name("Monthly\"Charges'"), "\"Monthly\"\"Charges'\"");
  EXPECT_EQ(sql_text("O'Brien \"\\"), "'O''Brien \"\\'");
  EXPECT_EQ(sql_name(""), "\"\"");
}

TEST(Ascii, UpperCaseTouchesNoOtherAlphabet) { EXPECT_EQ(upper_ascii("tenure_ż1"), "TENURE_ż1"); }

}  // namespace
}  // namespace churnstream
