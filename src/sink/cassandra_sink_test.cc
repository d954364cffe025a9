// The sink against a Cassandra in memory: the contract, and which answer becomes which outcome.
// tests/live/cassandra_sink_test.cc runs it against a real one.
#include "sink/cassandra_sink.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "sink/cassandra_rows.h"
#include "testing/fake_cassandra_place.h"

namespace churnstream {
namespace {

using testing::HasSubstr;

std::vector<CassandraFailure> answers(int count, int code, std::string message = "so it is") {
  return std::vector<CassandraFailure>(static_cast<std::size_t>(count), {code, std::move(message)});
}
const CassandraFailure kTaken{FakeCassandraSession::kFine};

TEST(CassandraSink, PassesTheSinkContractInMemory) {
  sink_contract([] { return std::make_unique<FakeCassandraPlace>(); });
}

TEST(CassandraSink, WhatNoNodeTakesIsSentAgainUntilOneDoes) {
  for (const int code : {-1, -4, 0x1000, 0x1001, 0x1002, 0x2500}) {
    FakeCassandraPlace place;
    const auto sink = contract::opened(place);
    place.store.next_calls = answers(3, code);
    contract::delivers(*sink, {{.offset = 0}}, 1);
    EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}})) << code;
  }
}

TEST(CassandraSink, AnAnswerThatMayMeanYesIsUnknown) {
  for (const int code : {-2, 0x0000, 0x1100, 0x1500, 0x1600, 0x4711}) {
    FakeCassandraPlace place;
    const auto sink = contract::opened(place);
    place.store.next_calls = answers(1, code);
    const WriteOutcome outcome = sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1));
    ASSERT_TRUE(std::holds_alternative<Unknown>(outcome)) << code << ": outcome " << outcome.index();
    EXPECT_EQ(std::get<Unknown>(outcome).reason, "so it is");
  }
}

TEST(CassandraSink, WhatSomebodyHasToMendEndsTheRun) {
  for (const int code : {-3, -7, 0x000A, 0x0100, 0x2000, 0x2100, 0x2300}) {
    FakeCassandraPlace place;
    const auto sink = contract::opened(place);
    place.store.next_calls = answers(1, code);
    EXPECT_TRUE(
        std::holds_alternative<Broken>(sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1))))
        << code;
  }
}

TEST(CassandraSink, WhenNoNodeCanBeReachedNothingIsThereAndItIsTryAgain) {
  FakeCassandraPlace place;
  const auto sink = contract::opened(place);
  place.store.next_calls = answers(100'000, -1, "no connection");
  const WriteOutcome outcome =
      sink->write(scored_rows({{.offset = 0}, {.offset = 1}}, 2), test_checkpoint(2));
  ASSERT_TRUE(std::holds_alternative<TryAgain>(outcome)) << "outcome " << outcome.index();
  EXPECT_EQ(std::get<TryAgain>(outcome).reason, "no connection");
  EXPECT_LT(place.store.writes, 100) << "with pauses";
  place.store.next_calls.clear();
  contract::delivers(*sink, {{.offset = 0}, {.offset = 1}}, 2);
}

TEST(CassandraSink, WhenTheSameBatchComesAgainOnlyWhatIsMissingIsSent) {
  FakeCassandraPlace place;
  const auto sink = contract::opened(place);
  const ScoredBatch batch =
      scored_rows({{.offset = 0, .id = "a"}, {.offset = 1, .id = "b"}, {.offset = 2, .id = "c"}}, 3);
  place.store.next_calls = {kTaken, {0x1100, "too few answered"}, kTaken};
  EXPECT_TRUE(std::holds_alternative<Unknown>(sink->write(batch, test_checkpoint(3))));
  place.store.rows_sent = 0;
  EXPECT_TRUE(std::holds_alternative<Delivered>(sink->write(batch, test_checkpoint(3))));
  EXPECT_EQ(place.store.rows_sent, 1 + 3) << "one event, and the scores";
  EXPECT_EQ(place.rows().size(), 3u);
  EXPECT_EQ(place.newest().size(), 3u);
}

TEST(CassandraSink, ARowThatOneTableRefusesIsInNeitherAndTheOneBeforeItStands) {
  FakeCassandraPlace place;
  const auto sink = contract::opened(place);
  // Two events are taken, then the newer one's score is not.
  place.store.next_calls = {kTaken, kTaken, {0x2200, "not this score"}};
  const WriteOutcome outcome =
      sink->write(scored_rows({{.offset = 0, .id = "a", .probability = 0.25},
                               {.offset = 1, .id = "a", .probability = 0.75, .event_time_us = 5'000}},
                              2),
                  test_checkpoint(2));
  ASSERT_TRUE(std::holds_alternative<RefusedRows>(outcome)) << "outcome " << outcome.index();
  ASSERT_EQ(std::get<RefusedRows>(outcome).rows.size(), 1u);
  EXPECT_EQ(number_of(std::get<RefusedRows>(outcome).rows[0].offset), 1);
  EXPECT_THAT(std::get<RefusedRows>(outcome).rows[0].reason, HasSubstr("not this score"));
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0, .id = "a", .probability = 0.25}}));
  EXPECT_EQ(place.newest(), std::vector<std::string>{"a 0.25"});
}

TEST(CassandraSink, AMissingValueIsUnsetInEventsAndNullInScores) {
  FakeCassandraPlace place;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0, .note = std::nullopt}}, 1);
  EXPECT_FALSE(place.store.tables["churn_events"].rows.begin()->second.cells.contains("note"));
  EXPECT_TRUE(place.store.tables["churn_scores"].rows.begin()->second.cells.at("note").value.is_null());
}

TEST(CassandraSink, ANodeThatHasNotHeardOfATableYetIsAskedAgain) {
  FakeCassandraPlace place;
  const auto sink = place.make_sink();
  const Assignment assignment = test_assignment();
  for (const auto& [code, kind] : {std::pair(0x2200, ErrorKind::trouble), {0x2100, ErrorKind::wrong}}) {
    place.store.next_prepare = CassandraFailure{code, "so it is", 0};
    const auto opened = sink->open(assignment);
    ASSERT_FALSE(opened.has_value());
    EXPECT_EQ(opened.error().kind, kind) << code;
  }
  EXPECT_TRUE(sink->open(assignment).has_value());
}

TEST(CassandraSink, ACustomersColumnNamedMonthIsRefused) {
  FakeCassandraPlace place;
  Assignment assignment = test_assignment();
  assignment.columns = std::make_shared<const Schema>(*Schema::make(
      {{"id", ColumnType::text}, {"Month", ColumnType::text}, {"charges", ColumnType::number}}));
  const auto opened = place.make_sink()->open(assignment);
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::wrong);
  EXPECT_THAT(opened.error().message, HasSubstr("Month"));
}

TEST(CassandraWriteTime, GrowsWithTheEventAndWithinAMillisecondUntilItWraps) {
  EXPECT_EQ(cassandra_write_time(1'700'000'000'123'456, Offset{7'042}), 1'700'000'000'123'042);
  EXPECT_LT(cassandra_write_time(0, Offset{998}), cassandra_write_time(0, Offset{999}));
  EXPECT_GT(cassandra_write_time(0, Offset{999}), cassandra_write_time(0, Offset{1'000})) << "the wrap";
  EXPECT_EQ(cassandra_write_time(0, Offset{5}), cassandra_write_time(0, Offset{1'005})) << "the wrap";
  EXPECT_LT(cassandra_write_time(0, Offset{999}), cassandra_write_time(1'000, Offset{0}));
  EXPECT_EQ(cassandra_write_time(-1, Offset{0}), -1'000) << "down, before 1970 too";
}

TEST(CassandraWriteTime, KeepsWithinWhatTheServerTakes) {
  constexpr auto kLeast = std::numeric_limits<std::int64_t>::min(),
                 kMost = std::numeric_limits<std::int64_t>::max();
  EXPECT_GT(cassandra_write_time(kLeast, Offset{0}), kLeast);
  EXPECT_LE(cassandra_write_time(kLeast, Offset{0}), cassandra_write_time(kLeast + 5'000, Offset{0}));
  EXPECT_GT(cassandra_write_time(kMost, Offset{999}), cassandra_write_time(kMost - 5'000, Offset{999}));
}

TEST(CassandraMonth, IsTheCalendars) {
  const auto month = [](const char* time) { return cassandra_month(*parse_rfc3339(time)); };
  EXPECT_EQ(month("1970-01-01T00:00:00.000000Z"), 197'001);
  EXPECT_EQ(cassandra_month(-1), 196'912);
  EXPECT_EQ(month("2024-02-29T23:59:59.999999Z"), 202'402);
  EXPECT_EQ(month("2026-03-01T00:00:00.000000Z"), 202'603);
}

TEST(CassandraCells, AreBigEndianWithTheirLengths) {
  CassandraCells cells;
  cells.text("ab");
  cells.bigint(-2);
  cells.integer(258);
  cells.null();
  cells.cell(std::monostate(), true);
  cells.cell(1.5, true);
  cells.cell(true, true);
  cells.cell(RecordTime{-1}, true);
  cells.end_row();
  EXPECT_EQ(cells.all_bytes(), std::string("\0\0\0\2ab"
                                           "\0\0\0\x8\xff\xff\xff\xff\xff\xff\xff\xfe"
                                           "\0\0\0\4\0\0\1\2"
                                           "\xff\xff\xff\xff"
                                           "\xff\xff\xff\xfe"
                                           "\0\0\0\x8\x3f\xf8\0\0\0\0\0\0"
                                           "\0\0\0\1\1"
                                           "\0\0\0\x8\xff\xff\xff\xff\xff\xff\xff\xff",
                                           6 + 12 + 8 + 4 + 4 + 12 + 5 + 12));
  EXPECT_EQ(cells.row_ends(), std::vector<std::size_t>{63});
}

}  // namespace
}  // namespace churnstream
