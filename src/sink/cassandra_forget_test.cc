// A customer is erased from a Cassandra in memory; tests/live/cassandra_test.py does it in a real one.
#include "sink/cassandra_forget.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_cassandra_place.h"

namespace churnstream {
namespace {

using testing::HasSubstr;

constexpr EpochMicros kMonth = 31LL * 86'400 * 1'000'000;  // from one month into the next, whichever it is

// Customer a in three months, two events in the last one; customer b in one.
const std::vector<TestRow> kRows{{.offset = 0, .id = "a", .event_time_us = 0},
                                 {.offset = 1, .id = "a", .event_time_us = 400 * kMonth},
                                 {.offset = 2, .id = "b", .event_time_us = 400 * kMonth},
                                 {.offset = 3, .id = "a", .event_time_us = 500 * kMonth},
                                 {.offset = 4, .id = "a", .event_time_us = 500 * kMonth + 1'000}};

class CassandraForget : public testing::Test {
 protected:
  void SetUp() override { write(kRows, 5); }
  void write(const std::vector<TestRow>& rows, std::int64_t next) {
    contract::delivers(*contract::opened(place_), rows, next);
  }
  // "churn_scores 1, churn_events 4", and what is left behind a bar.
  std::string forget(const std::string& customer, bool is_dry_run = false) {
    const auto erasure = forget_in_cassandra(place_.settings, {customer, is_dry_run}, place_.door());
    if (!erasure) return erasure.error().message;
    std::string text;
    for (const ErasedPart& part : erasure->parts)
      text += fmt::format("{}{} {}", text.empty() ? "" : ", ", part.where, part.rows);
    for (const std::string& left : erasure->left) text += " | " + left;
    return text;
  }

  FakeCassandraPlace place_;
  const std::vector<std::string> others_ = contract::stored(std::vector<TestRow>{kRows[2]});
};

TEST_F(CassandraForget, TakesACustomerOutOfBothTablesWhateverTheMonths) {
  EXPECT_EQ(forget("a"), "churn_scores 1, churn_events 4");
  EXPECT_EQ(place_.rows(), others_);
  EXPECT_EQ(place_.newest(), std::vector<std::string>{"b 0.5"});
  EXPECT_EQ(forget("a"), "churn_scores 0, churn_events 0");
  EXPECT_EQ(forget("nobody's \"name\""), "churn_scores 0, churn_events 0");
}

TEST_F(CassandraForget, ADryRunCountsAndChangesNothing) {
  EXPECT_EQ(forget("a", true), "churn_scores 1, churn_events 4");
  EXPECT_EQ(place_.rows(), contract::stored(kRows));
  EXPECT_EQ(place_.newest().size(), 2u);
}

TEST_F(CassandraForget, LaterEventsAreStoredAgainAndTheOnesThatWereThereAreNot) {
  forget("a");
  const TestRow later{.offset = 5, .id = "a", .probability = 0.75, .event_time_us = 500 * kMonth + 2'000};
  write(kRows, 5);
  write({later}, 6);
  EXPECT_EQ(place_.rows(), contract::stored({kRows[2], later}));
  EXPECT_EQ(place_.newest(), (std::vector<std::string>{"a 0.75", "b 0.5"}));
}

TEST_F(CassandraForget, WhatSomebodyChangedByHandGoesToo) {
  for (auto& [key, row] : place_.store.tables["churn_events"].rows)
    row.cells["note"] = {4'000'000'000'000'000'000, row.cells["note"].value};
  EXPECT_EQ(forget("a"), "churn_scores 1, churn_events 4");
  EXPECT_EQ(place_.rows(), others_);
}

TEST_F(CassandraForget, KeysThatNoNodeCanReadInTimeAreReadInHalves) {
  place_.store.next_scans.assign(7, {-2, "too many keys"});
  EXPECT_EQ(forget("a"), "churn_scores 1, churn_events 4");
  EXPECT_EQ(place_.rows(), others_);
  place_.store.next_scans.assign(100, {-2, "too many keys"});
  EXPECT_THAT(forget("b"), HasSubstr("too many keys"));
  EXPECT_EQ(place_.newest(), std::vector<std::string>{"b 0.5"}) << "nothing goes where not all was found";
}

TEST_F(CassandraForget, WhatTheServerWillNotEraseIsNamedAsLeft) {
  place_.store.next_calls = {{FakeCassandraSession::kFine}, {0x2100, "no MODIFY permission"}};
  EXPECT_THAT(forget("a"), HasSubstr(" | rows of churn_events: no MODIFY permission"));
  EXPECT_EQ(place_.newest(), std::vector<std::string>{"b 0.5"});
  EXPECT_THAT(forget("a"), HasSubstr("churn_scores 0, churn_events"));
  EXPECT_EQ(place_.rows(), others_);
}

TEST(CassandraForgetNowhere, WhereThereAreNoTablesThereIsNobody) {
  FakeCassandraPlace place;
  const auto erasure = forget_in_cassandra(place.settings, {"a"}, place.door());
  ASSERT_TRUE(erasure);
  EXPECT_TRUE(erasure->parts.empty() && erasure->left.empty());
}

}  // namespace
}  // namespace churnstream
