#include "command/outcome_rows.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace churnstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

const ScoreTerms kTerms{.class_labels = {"No", "Yes"}, .positive_class = 1};

Result<OutcomeRows> read(std::string_view csv, const std::string& time = "") {
  return read_outcome_rows(csv, {.customer = "id", .label = "left", .time = time}, kTerms);
}

TEST(OutcomeRows, EveryRecordIsKnownOrRefusedWithItsNumber) {
  const auto rows = read("left,id,other\nYes,a,1\n\nNo,\"b, too\",2\nperhaps,c,3\nYes,,4\nYes,d\n");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->known.size(), 2u);
  EXPECT_EQ(rows->known[0].customer, "a");
  EXPECT_TRUE(rows->known[0].has_left);
  EXPECT_EQ(rows->known[1].customer, "b, too");
  EXPECT_FALSE(rows->known[1].has_left);
  EXPECT_THAT(rows->refused,
              ElementsAre("record 3: \"perhaps\" is none of the model's classes",
                          "record 4: the customer id is empty", "record 5: it has 2 fields and not 3"));
}

TEST(OutcomeRows, ATimeIsAMomentOrTheBeginningOfADay) {
  const auto rows =
      read("id,left,at\na,Yes,2026-11-22T08:15:30.000001Z\nb,Yes,2026-11-22\nc,Yes,yesterday\n", "at");
  ASSERT_TRUE(rows);
  ASSERT_EQ(rows->known.size(), 2u);
  EXPECT_EQ(rfc3339(rows->known[0].until_us), "2026-11-22T08:15:30.000001Z");
  EXPECT_EQ(rfc3339(rows->known[1].until_us), "2026-11-22T00:00:00.000000Z");
  EXPECT_THAT(rows->refused, ElementsAre(HasSubstr("record 3: \"yesterday\" is no time")));
}

TEST(OutcomeRows, AHeaderWithoutTheColumnIsWrongAndSaysWhatItHas) {
  for (const char* csv : {"", "\n\n"}) EXPECT_FALSE(read(csv));
  const auto rows = read("customer,left\na,Yes\n");
  ASSERT_FALSE(rows);
  EXPECT_THAT(rows.error().message, HasSubstr("no column \"id\""));
  EXPECT_THAT(rows.error().message, HasSubstr("customer, left"));
}

}  // namespace
}  // namespace churnstream
