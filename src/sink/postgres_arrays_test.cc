#include "sink/postgres_arrays.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <limits>

namespace churnstream {
namespace {

std::string hex(PostgresArray& array) {
  std::string text;
  for (std::size_t i = 0; i < array.bytes().size(); ++i)
    text +=
        fmt::format("{}{:02x}", i > 0 && i % 4 == 0 ? " " : "", static_cast<unsigned char>(array.bytes()[i]));
  return text;
}

TEST(PostgresArray, OfTextsHoldsLengthsAndNulls) {
  PostgresArray array(RecordKind::text);
  array.add(std::string_view("ab"));
  array.add(std::monostate());
  array.add(std::string_view());
  EXPECT_EQ(hex(array), "00000001 00000001 00000019 00000003 00000001 00000002 6162ffff ffff0000 0000");
}

TEST(PostgresArray, OfNumbersHoldsTheirBits) {
  PostgresArray array(RecordKind::number);
  array.add(-1.5);
  EXPECT_EQ(hex(array), "00000001 00000000 000002bd 00000001 00000001 00000008 bff80000 00000000");
}

TEST(PostgresArray, OfFlagsAndIntegersIsInNetworkOrder) {
  PostgresArray flags(RecordKind::flag);
  flags.add(true);
  flags.add(false);
  EXPECT_EQ(hex(flags), "00000001 00000000 00000010 00000002 00000001 00000001 01000000 0100");
  PostgresArray integers(RecordKind::integer);
  integers.add(std::numeric_limits<std::int64_t>::min() + 2);
  EXPECT_EQ(hex(integers), "00000001 00000000 00000014 00000001 00000001 00000008 80000000 00000002");
}

TEST(PostgresArray, OfTimesCountsMicrosecondsFrom2000) {
  PostgresArray array(RecordKind::time);
  array.add(RecordTime{946'684'800'000'001});
  array.add(RecordTime{946'684'799'999'999});
  EXPECT_EQ(hex(array),
            "00000001 00000000 000004a0 00000002 00000001 00000008 00000000 00000001 00000008 ffffffff "
            "ffffffff");
}

TEST(PostgresArray, WithoutElementsHasNoDimensionAndClearBeginsAgain) {
  PostgresArray array(RecordKind::text);
  EXPECT_EQ(hex(array), "00000000 00000000 00000019");
  array.clear();
  array.add(std::string_view("x"));
  array.clear();
  array.add(std::string_view("y"));
  EXPECT_EQ(hex(array), "00000001 00000000 00000019 00000001 00000001 00000001 79");
}

}  // namespace
}  // namespace churnstream
