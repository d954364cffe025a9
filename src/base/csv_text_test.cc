#include "base/csv_text.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

TEST(CsvText, QuotesAFieldOnlyWhereItNeedsThem) {
  std::string out;
  for (const char* field : {"plain", "", "a,b", "say \"no\"", "two\nlines", "back\r"}) {
    append_csv_text(out, field);
    out += '|';
  }
  EXPECT_EQ(out, "plain||\"a,b\"|\"say \"\"no\"\"\"|\"two\nlines\"|\"back\r\"|");
}

}  // namespace
}  // namespace churnstream
