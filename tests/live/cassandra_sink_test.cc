// The Cassandra sink against a real server; tests/live/cassandra_test.py starts one and runs this.
#include <gmock/gmock.h>

#include "base/sql_text.h"
#include "sink/cassandra_look.h"
#include "tests/live/cassandra_place.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(CassandraSink, PassesTheSinkContract) {
  sink_contract([] { return std::make_unique<CassandraPlace>(); });
}

TEST(CassandraSink, PassesTheSinkContractCompressed) {
  sink_contract([] { return std::make_unique<CassandraPlace>("lz4"); });
}

TEST(CassandraSink, AConnectionThatIsCutIsMadeAnewAndNothingIsThereTwice) {
  CassandraPlace place;
  const auto sink = contract::opened(place);
  place.proxy().cut_before("abc123");
  const WriteOutcome outcome = sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1));
  // Whether the row arrived cannot be seen from here; the driver may have sent it again by itself.
  if (std::holds_alternative<Unknown>(outcome))
    EXPECT_EQ(place.rows(), std::vector<std::string>{});
  else
    EXPECT_TRUE(std::holds_alternative<Delivered>(outcome)) << "outcome " << outcome.index();
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(CassandraSink, ANetworkThatSwallowsEverythingIsGivenUp) {
  CassandraPlace place;
  place.settings().timeout = 500ms;
  const auto sink = contract::opened(place);
  place.proxy().freeze();
  std::vector<TestRow> rows;
  for (std::int64_t i = 0; i < 1'000; ++i) rows.push_back({.offset = i, .id = std::to_string(i)});
  const auto begin = std::chrono::steady_clock::now();
  const WriteOutcome outcome = sink->write(scored_rows(rows, 1'000), test_checkpoint(1'000));
  EXPECT_TRUE(std::holds_alternative<Unknown>(outcome)) << "outcome " << outcome.index();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 3s) << "not a time limit for each of them";
  place.proxy().freeze(false);
  for (int i = 0; i < 20; ++i)
    if (std::holds_alternative<Delivered>(sink->write(scored_rows(rows, 1'000), test_checkpoint(1'000))))
      break;
  EXPECT_EQ(place.rows(), contract::stored(rows));
}

TEST(CassandraSink, WhatTheServerCannotHoldIsRefusedRowByRow) {
  CassandraPlace place;
  const auto sink = contract::opened(place);
  std::vector<TestRow> rows;
  for (std::int64_t i = 0; i < 40; ++i) rows.push_back({.offset = i, .id = std::to_string(i)});
  rows[3].note = std::string("a\0b", 3);  // Cassandra's text takes it
  rows[7].id = std::string(70'000, 'k');
  rows[11].note = "\xff";
  rows[20].note = std::string(4 << 20, 'x');
  const WriteOutcome outcome = sink->write(scored_rows(rows, 40), test_checkpoint(40));
  ASSERT_TRUE(std::holds_alternative<RefusedRows>(outcome))
      << contract::broken_words(outcome)
      << (std::holds_alternative<Unknown>(outcome) ? std::get<Unknown>(outcome).reason : "");
  std::string reasons;
  for (const RefusedRow& row : std::get<RefusedRows>(outcome).rows)
    reasons += fmt::format("{}: {}\n", number_of(row.offset), row.reason);
  EXPECT_THAT(reasons, HasSubstr("7: the store refused the row: Serialized values are too long"));
  EXPECT_THAT(reasons, HasSubstr("11: the store refused the row: String didn't validate"));
  EXPECT_THAT(reasons, HasSubstr("20: the store refused the row: Rejected an oversized mutation"));
  EXPECT_EQ(place.rows().size(), 37u) << reasons;
  EXPECT_EQ(place.newest().size(), 37u) << reasons;
}

TEST(CassandraSink, ATableThatIsTakenAwayStopsTheRun) {
  CassandraPlace place;
  const auto sink = contract::opened(place);
  place.change("DROP TABLE " + place.table("churn_scores"));
  EXPECT_THAT(contract::broken_words(sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1))),
              HasSubstr("churn_scores"));
}

TEST(CassandraSink, ARowThatChurnScoresRefusesIsInNeitherTableAndTheOneBeforeItStands) {
  CassandraPlace place;
  const auto sink = contract::opened(place);
  // The newest event's month is another partition of churn_events, which takes it.
  const EpochMicros later = 40LL * 86'400 * 1'000'000;
  ASSERT_TRUE(place.refuse("bad", ""));
  const WriteOutcome outcome = sink->write(
      scored_rows({{.offset = 0, .id = "bad", .event_time_us = later}, {.offset = 1, .id = "good"}}, 2),
      test_checkpoint(2));
  ASSERT_TRUE(std::holds_alternative<RefusedRows>(outcome)) << contract::broken_words(outcome);
  EXPECT_EQ(std::get<RefusedRows>(outcome).rows.size(), 1u);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 1, .id = "good"}}));
}

TEST(CassandraSink, TheNewestEventsMissingValueIsMissing) {
  for (const bool leaves : {false, true}) {
    CassandraPlace place;
    place.settings().leaves_missing = leaves;
    const auto sink = contract::opened(place);
    contract::delivers(*sink, {{.offset = 0, .id = "a", .note = "month"}}, 1);
    contract::delivers(*sink, {{.offset = 1, .id = "a", .event_time_us = 5'000, .note = std::nullopt}}, 2);
    const CassandraRows rows = place.change("SELECT note FROM " + place.table("churn_scores"));
    EXPECT_EQ(rows[0][0].is_null(), !leaves);
  }
}

TEST(CassandraSink, RowsLiveAsLongAsRetentionSays) {
  CassandraPlace place;
  place.settings().retention["churn_events"] = 48h;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0}}, 1);
  const auto left =
      place.change("SELECT TTL(probability) FROM " + place.table("churn_events"))[0][0].integer();
  EXPECT_GT(left, 48 * 3'600 - 60);
  EXPECT_LE(left, 48 * 3'600);
  EXPECT_TRUE(place.change("SELECT TTL(probability) FROM " + place.table("churn_scores"))[0][0].is_null());
}

TEST(CassandraSink, TheWriteTimeIsTheEventsAndOrdersAMillisecondUntilItWraps) {
  CassandraPlace place;
  const auto sink = contract::opened(place);
  const auto write_one = [&](std::int64_t offset, double probability) {
    contract::delivers(*sink,
                       {{.offset = offset, .id = "a", .probability = probability, .event_time_us = 7'000}},
                       offset + 1);
  };
  write_one(998, 0.1);
  write_one(999, 0.2);
  EXPECT_EQ(place.newest(), std::vector<std::string>{"a 0.2"});
  EXPECT_EQ(place.change("SELECT WRITETIME(probability) FROM " + place.table("churn_scores"))[0][0].integer(),
            7'999);
  write_one(1'000, 0.3);
  EXPECT_EQ(place.newest(), std::vector<std::string>{"a 0.2"}) << "the wrap: 1000 counts as before 999";
  EXPECT_EQ(place.rows().size(), 3u) << "events are all there";
}

TEST(CassandraSink, ColumnsAreAddedWhereTheFileAsksForIt) {
  CassandraPlace place;
  Assignment narrow = test_assignment();
  narrow.columns = std::make_shared<const Schema>(
      *Schema::make({{"id", ColumnType::text}, {"charges", ColumnType::number}}));
  ASSERT_TRUE(place.make_sink()->open(narrow));
  place.add_column("color");
  place.settings().adds_columns = true;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(CassandraSink, WritesTheTablesThatAreChosen) {
  for (const bool has_scores : {true, false}) {
    CassandraPlace place;
    place.settings().has_scores = has_scores;
    place.settings().has_events = !has_scores;
    const auto sink = contract::opened(place);
    ScoredBatch batch = scored_rows({{.offset = 0}}, 2);
    batch.tombstones = {{"b", Offset{1}, 1}};
    EXPECT_TRUE(std::holds_alternative<Delivered>(sink->write(batch, test_checkpoint(2))));
    const auto tables = place.change("SELECT table_name FROM system_schema.tables WHERE keyspace_name = " +
                                     sql_text(place.settings().keyspace));
    ASSERT_EQ(tables.size(), 2u);
    EXPECT_EQ(tables[1][0].text(), has_scores ? "churn_scores" : "churn_meta");
  }
}

TEST(CassandraSink, AKeyAndReplicasThatDifferAreRefusedByWhatTheyAre) {
  CassandraPlace place;
  contract::opened(place)->close();
  place.settings().replication["datacenter1"] = 2;
  contract::is_refused(place, "it has 1 replicas in datacenter1 and should have 2");
  place.settings().replication.clear();
  place.settings().local_datacenter = "nowhere";
  EXPECT_FALSE(place.make_sink()->open(test_assignment()));
  place.settings().local_datacenter = "datacenter1";
  place.change("DROP TABLE " + place.table("churn_scores"));
  place.change("CREATE TABLE " + place.table("churn_scores") +
               " (customer_id text, model text, PRIMARY KEY (customer_id, model))");
  contract::is_refused(place, "churn_scores's key is (customer_id), model and should be (customer_id)");
}

std::string findings(const CassandraPlace& place) {
  std::string text;
  for (const Finding& finding : look_at_cassandra(place.settings(), test_assignment()))
    text += (finding.health == Health::fine ? "" : "! ") + finding.text + "\n";
  return text;
}

TEST(CassandraSink, ADryRunSaysWhatIsThereAndMakesNothing) {
  CassandraPlace place;
  for (int time = 0; time < 2; ++time)
    EXPECT_EQ(findings(place),
              "Cassandra 5.0.9 is there, cluster churnstream, with 1 node in datacenter1.\n"
              "Its clock agrees with ours.\n"
              "Keyspace " +
                  place.settings().keyspace + " misses tables of ours: they would be made.\n");
  contract::opened(place)->close();
  EXPECT_THAT(findings(place),
              HasSubstr("The tables of keyspace " + place.settings().keyspace + " are there."));
  place.add_column("color");
  EXPECT_THAT(findings(place), HasSubstr("churn_scores has a column color that the rows do not"));
  place.set_format_version("7");
  EXPECT_THAT(findings(place), HasSubstr("its format version is 7, this program knows 1"));
  place.settings().nodes = {"127.0.0.1:1"};
  EXPECT_THAT(findings(place), HasSubstr("! connecting to Cassandra"));
}

TEST(CassandraSink, AServerThatIsNotThereIsAskedAgain) {
  CassandraPlace place;
  place.settings().nodes = {"127.0.0.1:1"};
  const auto opened = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::trouble) << opened.error().message;
}

}  // namespace
}  // namespace churnstream
