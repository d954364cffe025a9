// Past rows into a Cassandra in memory; tests/live/cassandra_test.py brings them into a real one.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/fake_cassandra_place.h"

namespace churnstream {
namespace {

constexpr EpochMicros kMonth = 31LL * 86'400 * 1'000'000;

// Scored by another model each time: what stands there has another probability.
std::vector<TestRow> rows_of(double probability) {
  std::vector<TestRow> rows{{.offset = 0, .id = "a", .event_time_us = 5'000},
                            {.offset = 1, .id = "b", .event_time_us = 6'000},
                            {.offset = 2, .id = "a", .event_time_us = 90 * kMonth}};
  for (TestRow& row : rows) row.probability = probability;
  return rows;
}

class CassandraBackfill : public testing::Test {
 protected:
  void stream(const std::vector<TestRow>& rows, std::int64_t next) {
    contract::delivers(*contract::opened(place_), rows, next);
  }
  void bring(const std::vector<TestRow>& rows, RowsThere there) {
    const auto sink = make_cassandra_backfill(place_.settings, there, place_.door());
    const auto opened = sink->open(test_assignment());
    ASSERT_TRUE(opened) << opened.error().message;
    EXPECT_FALSE(*opened) << "it knows no position";
    contract::delivers(*sink, rows, 3);
  }

  FakeCassandraPlace place_;
};

TEST_F(CassandraBackfill, WhatIsThereStaysAndWhatIsMissingIsBrought) {
  stream({rows_of(0.25)[0]}, 1);
  bring(rows_of(0.75), RowsThere::stay);
  std::vector<TestRow> rows = rows_of(0.75);
  rows[0].probability = 0.25;
  EXPECT_EQ(place_.rows(), contract::stored(rows));
  EXPECT_EQ(place_.newest(), (std::vector<std::string>{"a 0.75", "b 0.75"}));
  place_.store.rows_sent = 0;
  bring(rows_of(0.5), RowsThere::stay);
  EXPECT_EQ(place_.rows(), contract::stored(rows));
  EXPECT_EQ(place_.newest(), (std::vector<std::string>{"a 0.75", "b 0.75"}));
  EXPECT_EQ(place_.store.rows_sent, 0);
}

TEST_F(CassandraBackfill, ReplacedRowsAreTheLastOnesAlsoWhereTheirValuesAreLess) {
  stream(rows_of(0.75), 3);
  for (const double probability : {0.25, 0.5, 0.125}) {
    bring(rows_of(probability), RowsThere::replaced);
    EXPECT_EQ(place_.rows(), contract::stored(rows_of(probability)));
    EXPECT_EQ(place_.newest(),
              (std::vector<std::string>{fmt::format("a {}", probability), fmt::format("b {}", probability)}));
  }
  stream(rows_of(0.75), 3);  // a stream that comes again brings nothing back
  EXPECT_EQ(place_.rows(), contract::stored(rows_of(0.125)));
}

TEST_F(CassandraBackfill, AReplacedScoreNeverComesBeforeANewerEvent) {
  stream(rows_of(0.75), 3);
  bring(rows_of(0.25), RowsThere::replaced);
  const TestRow newer{.offset = 3, .id = "b", .probability = 0.5, .event_time_us = 7'000};
  stream({newer}, 4);
  EXPECT_EQ(place_.newest(), (std::vector<std::string>{"a 0.25", "b 0.5"}));
  bring(rows_of(0.125), RowsThere::replaced);
  EXPECT_EQ(place_.newest(), (std::vector<std::string>{"a 0.125", "b 0.5"}));
}

TEST_F(CassandraBackfill, AReplacedRowHasNoValueLeftOfTheOneBefore) {
  stream(rows_of(0.75), 3);
  std::vector<TestRow> rows = rows_of(0.25);
  rows[1].note = std::nullopt;
  bring(rows, RowsThere::replaced);
  EXPECT_EQ(place_.rows(), contract::stored(rows));
}

TEST_F(CassandraBackfill, TheSameRowsOfAnotherSourceAreOthers) {
  ScoredBatch batch = scored_rows(rows_of(0.75), 3);
  batch.rows.extent().partition.topic = "elsewhere";
  EXPECT_TRUE(std::holds_alternative<Delivered>(contract::opened(place_)->write(batch, test_checkpoint(3))));
  bring(rows_of(0.25), RowsThere::stay);
  EXPECT_EQ(place_.rows().size(), 6u);
}

TEST_F(CassandraBackfill, ALostAnswerBringsTheSameRowsOnce) {
  stream(rows_of(0.75), 3);
  const auto sink = make_cassandra_backfill(place_.settings, RowsThere::replaced, place_.door());
  ASSERT_TRUE(sink->open(test_assignment()));
  place_.store.loses_next_answer = true;
  const ScoredBatch batch = scored_rows(rows_of(0.25), 3);
  EXPECT_TRUE(std::holds_alternative<Unknown>(sink->write(batch, test_checkpoint(3))));
  EXPECT_TRUE(std::holds_alternative<Delivered>(sink->write(batch, test_checkpoint(3))));
  EXPECT_EQ(place_.rows(), contract::stored(rows_of(0.25)));
}

TEST_F(CassandraBackfill, ARowThatIsRefusedIsInNeitherTable) {
  ASSERT_TRUE(place_.refuse("b", ""));
  const auto sink = make_cassandra_backfill(place_.settings, RowsThere::stay, place_.door());
  ASSERT_TRUE(sink->open(test_assignment()));
  const WriteOutcome outcome = sink->write(scored_rows(rows_of(0.25), 3), test_checkpoint(3));
  ASSERT_TRUE(std::holds_alternative<RefusedRows>(outcome)) << "outcome " << outcome.index();
  EXPECT_EQ(place_.rows().size(), 2u);
  EXPECT_EQ(place_.newest(), std::vector<std::string>{"a 0.25"});
}

}  // namespace
}  // namespace churnstream
