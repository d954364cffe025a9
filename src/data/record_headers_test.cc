#include "data/record_headers.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

TEST(RecordHeaders, ComeBackAsTheyWereInOrderWithNullAndEmptyValuesApart) {
  std::string bytes;
  append_header(bytes, "trace", std::string_view("a\0b", 3));
  append_header(bytes, "empty", "");
  append_header(bytes, "null", std::nullopt);
  append_header(bytes, "trace", "again");
  const std::vector<RecordHeader> expected = {
      {"trace", std::string_view("a\0b", 3)}, {"empty", ""}, {"null", std::nullopt}, {"trace", "again"}};
  EXPECT_EQ(headers_of(bytes), expected);
  EXPECT_TRUE(headers_of({}).empty());
}

}  // namespace
}  // namespace churnstream
