// The PostgreSQL sink against a real server: CHURNSTREAM_POSTGRES says where, as a libpq URI without TLS.
// tests/live/postgres_test.py starts one and runs this.
#include "sink/postgres_sink.h"
#include "base/sql_text.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "base/numbers.h"
#include "sink/postgres_catalog.h"
#include "sink/postgres_connection.h"
#include "sink/postgres_forget.h"
#include "sink/postgres_history.h"
#include "sink/postgres_look.h"
#include "sink/postgres_outcomes.h"
#include "testing/cut_proxy.h"
#include "testing/history_contract.h"
#include "testing/sink_contract.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

PostgresSettings server() {
  const char* dsn = std::getenv("CHURNSTREAM_POSTGRES");
  insist(dsn != nullptr, "CHURNSTREAM_POSTGRES says where the server is");
  Config config;
  config.set("dsn", std::string(dsn));
  config.set("schema", std::string("public"));
  config.set("tables", std::vector<std::string>{"churn_scores", "churn_events"});
  config.set("view", std::string());
  config.set("new_columns", std::string("refuse"));
  config.set("events_by_day", false);
  config.set("retention", std::map<std::string, std::string>());
  config.set("timeout", std::chrono::nanoseconds(20s));
  return *postgres_settings_of(config);
}

// A schema of its own on the server, gone with everything in it in the end; sinks reach it through a proxy.
class PostgresPlace : public SinkPlace {
 public:
  explicit PostgresPlace(bool events_by_day = false)
      : settings_(server()), proxy_(std::stoi(settings_.libpq.at("port"))) {
    static int count = 0;
    settings_.events_by_day = events_by_day;
    settings_.schema = fmt::format("Test {}", ++count);
    direct_ = *PostgresConnection::connect(settings_);
    drop();
    settings_.libpq["port"] = std::to_string(proxy_.port());
  }
  ~PostgresPlace() override { drop(); }

  std::unique_ptr<Sink> make_sink() override { return make_postgres_sink(settings_); }
  std::vector<std::string> rows() override {
    return ask(
        "SELECT source_offset, customer_id, coalesce(probability::text, 'NULL'), coalesce(note, 'NULL'),"
        " coalesce(charges::text, 'NULL') FROM churn_events ORDER BY source_offset");
  }
  std::vector<std::string> flags_and_times() override {
    return ask(
        "SELECT source_offset, flagged::text, to_char(event_time AT TIME ZONE 'UTC',"
        " 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') FROM churn_events ORDER BY source_offset");
  }
  std::vector<std::string> newest() override {
    return ask("SELECT customer_id, probability FROM churn_scores ORDER BY customer_id");
  }
  bool keeps_newest() const override { return true; }
  bool refuse(const std::string& id, const std::string& reason) override {
    change("CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF new.customer_id = '" +
           id + "' THEN RAISE EXCEPTION '" + reason +
           "'; END IF; RETURN new; END $$; CREATE TRIGGER refuse BEFORE INSERT ON churn_scores"
           " FOR EACH ROW EXECUTE FUNCTION refuse()");
    return true;
  }
  bool lose_next_answer() override {
    proxy_.lose_answer_to("COMMIT");
    return true;
  }
  bool add_column(const std::string& name) override {
    change("ALTER TABLE churn_scores ADD COLUMN " + name + " text");
    return true;
  }
  bool drop_column(const std::string& name) override {
    change("ALTER TABLE churn_events DROP COLUMN " + name);
    return true;
  }
  bool set_format_version(const std::string& version) override {
    change("UPDATE churn_meta SET value = '" + version + "' WHERE key = 'format_version'");
    return true;
  }

  // One line per row, its cells joined by spaces.
  std::vector<std::string> ask(const std::string& sql) {
    const auto rows = in_schema(sql);
    std::vector<std::string> lines;
    for (int row = 0; rows && row < rows->size(); ++row) {
      std::string line;
      for (int column = 0; column < rows->columns(); ++column)
        line.append(column == 0 ? "" : " ").append(rows->text(row, column));
      lines.push_back(line);
    }
    return lines;
  }
  void change(const std::string& sql) { (void)in_schema(sql); }
  PostgresSettings& settings() { return settings_; }
  CutProxy& proxy() { return proxy_; }

 private:
  PostgresResult<PostgresRows> in_schema(const std::string& sql) {
    auto rows = direct_->run(fmt::format("SET search_path = {}; {}", sql_name(settings_.schema), sql));
    EXPECT_TRUE(rows) << sql << ": " << (rows ? "" : rows.error().message);
    return rows;
  }
  void drop() {
    (void)direct_->run(fmt::format("DROP SCHEMA IF EXISTS {} CASCADE", sql_name(settings_.schema)));
  }
  PostgresSettings settings_;
  CutProxy proxy_;
  std::unique_ptr<PostgresConnection> direct_;
};

Assignment of_group(std::string owner) {
  Assignment assignment = test_assignment(std::move(owner));
  assignment.shares_partitions = true;
  return assignment;
}

TEST(PostgresSink, PassesTheSinkContract) {
  sink_contract([] { return std::make_unique<PostgresPlace>(); });
}

TEST(PostgresSink, PassesTheSinkContractWithEventsByDay) {
  sink_contract([] { return std::make_unique<PostgresPlace>(true); });
}

TEST(PostgresSink, ALostAnswerHidesNoRefusedRow) {
  PostgresPlace place;
  const auto sink = contract::opened(place);
  place.refuse("bad", "not this one");
  const ScoredBatch batch = scored_rows({{.offset = 0}, {.offset = 1, .id = "bad"}}, 2);
  place.lose_next_answer();
  EXPECT_TRUE(std::holds_alternative<Unknown>(sink->write(batch, test_checkpoint(2))));
  for (int time = 0; time < 2; ++time) {
    const WriteOutcome again = sink->write(batch, test_checkpoint(2));
    ASSERT_TRUE(std::holds_alternative<RefusedRows>(again)) << "outcome " << again.index();
    ASSERT_EQ(std::get<RefusedRows>(again).rows.size(), 1u);
    EXPECT_EQ(std::get<RefusedRows>(again).rows[0].key, "bad");
    EXPECT_THAT(std::get<RefusedRows>(again).rows[0].reason, HasSubstr("not this one"));
  }
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(PostgresSink, AConnectionLostBeforeTheCommitIsTryAgainAndNothingIsThere) {
  PostgresPlace place;
  const auto sink = contract::opened(place);
  for (const char* word : {"insert_rows", "BEGIN", "move_position", "COMMIT"}) {
    place.proxy().cut_before(word);
    const WriteOutcome outcome = sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1));
    // Whether the COMMIT arrived cannot be seen from here.
    EXPECT_EQ(outcome.index(), word == std::string("COMMIT") ? 2u : 1u) << word;
    EXPECT_EQ(place.rows(), std::vector<std::string>{});
  }
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(PostgresSink, ANetworkThatSwallowsEverythingIsGivenUp) {
  PostgresPlace place;
  place.settings().timeout = 300ms;
  const auto sink = contract::opened(place);
  place.proxy().freeze();
  const auto begin = std::chrono::steady_clock::now();
  const WriteOutcome outcome = sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1));
  EXPECT_TRUE(std::holds_alternative<TryAgain>(outcome)) << "outcome " << outcome.index();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 4s);
  place.proxy().freeze(false);
  contract::delivers(*sink, {{.offset = 0}}, 1);
}

TEST(PostgresSink, ALockSomebodyHoldsIsTryAgainWithinTheTimeout) {
  PostgresPlace place;
  place.settings().timeout = 300ms;
  const auto sink = contract::opened(place);
  place.change("BEGIN; LOCK TABLE churn_events IN ACCESS EXCLUSIVE MODE");
  const WriteOutcome outcome = sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1));
  ASSERT_TRUE(std::holds_alternative<TryAgain>(outcome)) << "outcome " << outcome.index();
  EXPECT_THAT(std::get<TryAgain>(outcome).reason, HasSubstr("statement timeout"));
  place.change("ROLLBACK");
  contract::delivers(*sink, {{.offset = 0}}, 1);
}

TEST(PostgresSink, AReplayOfWhatItHasChangesNothingEvenWithAnotherAnswer) {
  PostgresPlace place;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0, .id = "a", .probability = 0.25}}, 1);
  contract::delivers(*sink, {{.offset = 0, .id = "a", .probability = 0.75}}, 1);
  EXPECT_EQ(place.newest(), std::vector<std::string>{"a 0.25"});
}

TEST(PostgresSink, ASecondRunOfTheSameSourceStopsTheFirst) {
  PostgresPlace place;
  const auto first = contract::opened(place);
  contract::delivers(*first, {{.offset = 0}}, 1);
  const auto second = contract::opened(place, test_checkpoint(1));
  contract::delivers(*second, {{.offset = 1}}, 2);
  EXPECT_THAT(contract::broken_words(first->write(scored_rows({{.offset = 1}}, 2), test_checkpoint(2))),
              HasSubstr("took over the position of churn/0"));
  contract::delivers(*second, {{.offset = 2}}, 3);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}, {.offset = 1}, {.offset = 2}}));
}

TEST(PostgresSink, MembersOfAGroupHandAPartitionToAndFro) {
  PostgresPlace place;
  const auto first = place.make_sink(), second = place.make_sink();
  ASSERT_TRUE(first->open(of_group("first")));
  ASSERT_TRUE(second->open(of_group("second")));
  contract::delivers(*first, {{.offset = 0}, {.offset = 1}}, 2);
  // What the group knows may lie behind what the store has.
  contract::delivers(*second, {{.offset = 1}, {.offset = 2}}, 3);
  // A member that was asleep finishes what it had in its hands.
  contract::delivers(*first, {{.offset = 2}, {.offset = 3}}, 4);
  contract::delivers(*second, {{.offset = 3}, {.offset = 4}}, 5);
  contract::delivers(*first, {{.offset = 5}}, 6);
  EXPECT_EQ(place.rows(),
            contract::stored(
                {{.offset = 0}, {.offset = 1}, {.offset = 2}, {.offset = 3}, {.offset = 4}, {.offset = 5}}));
}

TEST(PostgresSink, WritersAtTheSameTimeLeaveEachRowOnce) {
  PostgresPlace place;
  constexpr int kWriters = 4, kBatches = 50;
  std::vector<std::thread> writers;
  for (int writer = 0; writer < kWriters; ++writer)
    writers.emplace_back([&, writer] {
      const auto sink = place.make_sink();
      const auto opened = sink->open(of_group(std::to_string(writer)));
      ASSERT_TRUE(opened) << opened.error().message;
      // All of them write one partition; and each one of its own with the same customers in another order.
      for (std::int64_t batch = 0; batch < kBatches; ++batch)
        for (const int partition : {0, writer + 1}) {
          std::vector<TestRow> rows;
          for (std::int64_t i = 0; i < 10; ++i)
            rows.push_back({.offset = batch * 10 + i, .id = std::to_string((i * (writer + 1)) % 11)});
          ScoredBatch scored = scored_rows(rows, batch * 10 + 10);
          scored.rows.extent().partition.number = partition;
          Checkpoint after;
          after.next[scored.rows.extent().partition] = Offset{batch * 10 + 10};
          while (!std::holds_alternative<Delivered>(sink->write(scored, after)))
            std::this_thread::sleep_for(5ms);
        }
    });
  for (std::thread& writer : writers) writer.join();
  EXPECT_EQ(place.ask("SELECT source_partition, count(*), count(DISTINCT source_offset) FROM churn_events"
                      " GROUP BY 1 ORDER BY 1"),
            (std::vector<std::string>{"0 500 500", "1 500 500", "2 500 500", "3 500 500", "4 500 500"}));
}

TEST(PostgresSink, ATopicMadeAnewStopsTheRun) {
  PostgresPlace place;
  const auto sink = place.make_sink();
  ASSERT_TRUE(sink->open(of_group("first")));
  sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1, "topic id 1"));
  EXPECT_THAT(
      contract::broken_words(sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1, "topic id 2"))),
      HasSubstr("made anew"));
}

TEST(PostgresSink, KeepsWhatTheFileWasSoThatAnotherOneIsNoticed) {
  PostgresPlace place;
  const auto sink = contract::opened(place);
  for (const char* identity : {"inode 7, 10 bytes", "inode 7, 20 bytes"})
    EXPECT_TRUE(std::holds_alternative<Delivered>(
        sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1, identity))));
  sink->close();
  EXPECT_EQ(**sink->open(test_assignment()), test_checkpoint(1, "inode 7, 20 bytes"));
}

TEST(PostgresSink, WhatTheServerCannotHoldIsRefusedRowByRow) {
  PostgresPlace place;
  const auto sink = contract::opened(place);
  place.change("ALTER TABLE churn_scores ADD CHECK (charges < 100)");
  place.change("ALTER TABLE churn_events ADD CONSTRAINT late UNIQUE (note) DEFERRABLE INITIALLY DEFERRED");
  std::vector<TestRow> rows;
  for (std::int64_t i = 0; i < 40; ++i)
    rows.push_back({.offset = i, .id = std::to_string(i), .note = std::to_string(i)});
  rows[3].note = std::string("a\0b", 3);
  rows[7].charges = 500;
  rows[11].note = "\xff";
  rows[20].event_time_us = std::numeric_limits<std::int64_t>::min();
  rows[39].note = "0";
  const WriteOutcome outcome = sink->write(scored_rows(rows, 40), test_checkpoint(40));
  ASSERT_TRUE(std::holds_alternative<RefusedRows>(outcome)) << contract::broken_words(outcome);
  std::string reasons;
  for (const RefusedRow& row : std::get<RefusedRows>(outcome).rows)
    reasons += fmt::format("{}: {}\n", number_of(row.offset), row.reason);
  EXPECT_THAT(reasons, HasSubstr("3: the store refused the row: invalid byte sequence"));
  EXPECT_THAT(reasons, HasSubstr("7: the store refused the row: new row for relation"));
  EXPECT_THAT(reasons, HasSubstr("11: the store refused the row: invalid byte sequence"));
  EXPECT_THAT(reasons, HasSubstr("20: the store refused the row: timestamp out of range"));
  EXPECT_THAT(reasons, HasSubstr("39: the store refused the row: duplicate key"));
  EXPECT_EQ(place.rows().size() + std::get<RefusedRows>(outcome).rows.size(), 40u) << reasons;
}

TEST(PostgresSink, RightsThatAreTakenAwayStopTheRun) {
  PostgresPlace place;
  const auto sink = contract::opened(place);
  place.change("DROP TABLE churn_scores");
  EXPECT_THAT(contract::broken_words(sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1))),
              HasSubstr("churn_scores"));
}

TEST(PostgresSink, TablesThatAreThereTakeNoMoreThanTheRightsToWriteThem) {
  PostgresPlace place;
  contract::opened(place)->close();
  place.change("DO $$ BEGIN CREATE ROLE narrow LOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$");
  place.change(
      "DO $$ BEGIN EXECUTE format('GRANT USAGE ON SCHEMA %I TO narrow;"
      " GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA %I TO narrow',"
      " current_schema(), current_schema()); END $$");
  place.settings().libpq["user"] = "narrow";
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
  place.settings().schema = "not there";
  contract::is_refused(place, "permission denied");
}

TEST(PostgresSink, ColumnsAreAddedWhereTheFileAsksForIt) {
  PostgresPlace place;
  contract::opened(place)->close();
  place.drop_column("note");
  place.add_column("color");
  place.settings().adds_columns = true;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(PostgresSink, WritesTheTablesThatAreChosen) {
  for (const bool has_scores : {true, false}) {
    PostgresPlace place;
    place.settings().has_scores = has_scores;
    place.settings().has_events = !has_scores;
    const auto sink = contract::opened(place);
    ScoredBatch batch = scored_rows({{.offset = 0}}, 2);
    batch.tombstones = {{"b", Offset{1}, 1}};
    EXPECT_TRUE(std::holds_alternative<Delivered>(sink->write(batch, test_checkpoint(2))));
    EXPECT_EQ(place.ask("SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
                        " AND tablename IN ('churn_scores', 'churn_events')"),
              std::vector<std::string>{has_scores ? "churn_scores" : "churn_events"});
  }
}

TEST(PostgresSink, TheViewHasUpperCaseNamesAndThePredictedClass) {
  PostgresPlace place;
  place.settings().view = place.settings().schema + ".CHURN";
  auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0, .id = "a", .probability = 0.75}}, 1);
  sink->close();
  sink = contract::opened(place, test_checkpoint(1));
  EXPECT_EQ(place.ask("SELECT \"ID\", \"NOTE\", \"CHARGES\", \"CHURN\", \"PROBABILITY\", \"RISK_BAND\","
                      " \"EXPECTED_LOSS\", \"MODEL\" FROM \"CHURN\""),
            std::vector<std::string>{"a month 10 Yes 0.75 high 7.5 abc123"});
  PostgresPlace other;
  other.settings().view = place.settings().view;
  contract::is_refused(other, "shows other scores");
}

// Offsets of the events, and the customers.
std::string left_over(PostgresPlace& place) {
  return fmt::format("{} | {}",
                     fmt::join(place.ask("SELECT source_offset FROM churn_events ORDER BY 1"), " "),
                     fmt::join(place.ask("SELECT customer_id FROM churn_scores ORDER BY 1"), " "));
}

TEST(PostgresSink, WhatIsTooOldIsTakenOut) {
  for (const bool events_by_day : {false, true}) {
    PostgresPlace place(events_by_day);
    const auto days_ago = [&](int days) {
      return std::stoll(place.ask(
          fmt::format("SELECT (extract(epoch FROM now() - interval '{} days') * 1000000)::bigint", days))[0]);
    };
    auto sink = contract::opened(place);
    contract::delivers(*sink,
                       {{.offset = 0, .id = "a", .event_time_us = days_ago(40)},
                        {.offset = 1, .id = "b", .event_time_us = days_ago(5)},
                        {.offset = 2, .id = "c", .event_time_us = days_ago(0)}},
                       3);
    sink->close();
    sink = contract::opened(place, test_checkpoint(3));
    EXPECT_EQ(left_over(place), "0 1 2 | a b c");
    sink->close();
    place.settings().retention = {{"churn_events", std::chrono::days(3)},
                                  {"churn_scores", std::chrono::days(30)}};
    sink = contract::opened(place, test_checkpoint(3));
    EXPECT_EQ(left_over(place), "2 | b c") << "by day: " << events_by_day;
  }
}

TEST(PostgresSink, ADayThatIsTooOldIsDroppedAndDaysAreMadeAhead) {
  PostgresPlace place(true);
  contract::opened(place)->close();
  const char* days = "SELECT count(*) FROM pg_inherits WHERE inhparent = 'churn_events'::regclass";
  EXPECT_EQ(place.ask(days)[0], "4") << "yesterday, today, tomorrow and the others";
  place.change(
      "CREATE TABLE churn_events_20200101 PARTITION OF churn_events"
      " FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2020-01-02 00:00+00')");
  place.settings().retention["churn_events"] = std::chrono::days(3);
  contract::opened(place)->close();
  EXPECT_EQ(place.ask(days)[0], "4");
  place.settings().events_by_day = false;
  contract::is_refused(place, "churn_events is partitioned");
}

TEST(PostgresSink, PastRowsComeBesideTheStreamAndMoveNoPosition) {
  for (const bool by_day : {false, true}) {
    PostgresPlace place(by_day);
    const auto stream = contract::opened(place);
    contract::delivers(*stream, {{.offset = 5, .id = "a", .probability = 0.75, .event_time_us = 9}}, 6);
    const auto past = make_postgres_backfill(place.settings(), RowsThere::stay);
    EXPECT_EQ(*past->open(test_assignment("backfill")), std::nullopt);
    contract::delivers(*past,
                       {{.offset = 0, .id = "a", .probability = 0.25, .event_time_us = 1},
                        {.offset = 5, .id = "a", .probability = 0.5, .event_time_us = 9},
                        {.offset = 7, .id = "b", .probability = 0.125, .event_time_us = 3}},
                       8);
    const char* events = "SELECT source_offset, probability FROM churn_events ORDER BY 1";
    EXPECT_EQ(place.newest(), (std::vector<std::string>{"a 0.75", "b 0.125"})) << "what is there stays";
    EXPECT_EQ(place.ask(events), (std::vector<std::string>{"0 0.25", "5 0.75", "7 0.125"}));
    const auto anew = make_postgres_backfill(place.settings(), RowsThere::replaced);
    ASSERT_TRUE(anew->open(test_assignment("backfill")));
    contract::delivers(*anew,
                       {{.offset = 0, .id = "a", .probability = 0.1, .event_time_us = 1},
                        {.offset = 5, .id = "a", .probability = 0.2, .event_time_us = 9}},
                       6);
    EXPECT_EQ(place.newest(), (std::vector<std::string>{"a 0.2", "b 0.125"}));
    EXPECT_EQ(place.ask(events), (std::vector<std::string>{"0 0.1", "5 0.2", "7 0.125"}));
    contract::delivers(*stream, {{.offset = 6, .id = "c"}, {.offset = 7, .id = "b", .event_time_us = 3}}, 8);
    EXPECT_EQ(place.rows().size(), 4u);
    stream->close();
    contract::opened(place, test_checkpoint(8));
  }
}

TEST(PostgresSink, PastRowsAreCopiedWhereNoneIsThereAndEqualThoseOfTheStream) {
  const std::vector<TestRow> rows{
      {.offset = 0, .id = "O'Brien \"x\"", .note = "zażółć 🐟 \\ / , \t;"},
      {.offset = 1, .probability = 5e-324, .note = "", .charges = std::numeric_limits<double>::infinity()},
      {.offset = 2, .id = "b", .probability = 0.75, .event_time_us = -1, .note = std::nullopt}};
  PostgresPlace stream_place, past_place;
  contract::delivers(*contract::opened(stream_place), rows, 3);
  contract::opened(past_place);
  past_place.change(
      "CREATE TABLE said (words text); CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
      " INSERT INTO \"" +
      past_place.settings().schema +
      "\".said VALUES (split_part(current_query(), ' ', 1)); RETURN NULL; END $$;"
      "CREATE TRIGGER note AFTER INSERT ON churn_events FOR EACH ROW EXECUTE FUNCTION note()");
  const auto past = make_postgres_backfill(past_place.settings(), RowsThere::stay);
  ASSERT_TRUE(past->open(test_assignment("backfill")));
  for (int time = 0; time < 2; ++time) {
    contract::delivers(*past, rows, 3);
    for (const char* table : {"churn_events", "churn_scores"}) {
      const std::string all = fmt::format("SELECT {}::text FROM {} ORDER BY source_offset", table, table);
      EXPECT_EQ(past_place.ask(all), stream_place.ask(all)) << table;
    }
  }
  EXPECT_EQ(past_place.ask("SELECT words, count(*) FROM said GROUP BY 1"),
            std::vector<std::string>{"COPY 3"});
}

TEST(PostgresSink, PastRowsWhoseAnswerIsLostOrThatAreRefusedLeaveOneCopyOfTheOthers) {
  PostgresPlace place;
  contract::opened(place);
  const auto past = make_postgres_backfill(place.settings(), RowsThere::stay);
  ASSERT_TRUE(past->open(test_assignment()));
  place.lose_next_answer();
  const ScoredBatch batch = scored_rows({{.offset = 0}, {.offset = 1, .id = "bad"}}, 2);
  EXPECT_TRUE(std::holds_alternative<Unknown>(past->write(batch, test_checkpoint(2))));
  place.refuse("bad", "not this one");
  place.change("DELETE FROM churn_events; DELETE FROM churn_scores");
  const WriteOutcome outcome = past->write(batch, test_checkpoint(2));
  ASSERT_TRUE(std::holds_alternative<RefusedRows>(outcome)) << "outcome " << outcome.index();
  EXPECT_EQ(std::get<RefusedRows>(outcome).rows.size(), 1u);
  EXPECT_EQ(place.rows(), contract::stored(std::vector<TestRow>{{.offset = 0}}));
  EXPECT_EQ(place.ask("SELECT count(*) FROM churn_refused"), std::vector<std::string>{"0"});
}

TEST(PostgresSink, ForgettingErasesACustomerAndNobodyElse) {
  PostgresPlace place;
  EXPECT_TRUE(forget_in_postgres(place.settings(), {"a", false})->parts.empty()) << "there are no tables yet";
  contract::delivers(*contract::opened(place),
                     {{.offset = 0, .id = "a"}, {.offset = 1, .id = "b"}, {.offset = 2, .id = "a"}}, 3);
  EXPECT_EQ(forget_in_postgres(place.settings(), {"a", true})->parts[1].rows, 2u);
  EXPECT_EQ(place.rows().size(), 3u);
  const Result<Erasure> erased = forget_in_postgres(place.settings(), {"a", false});
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_EQ(erased->parts[0].rows, 1u);
  EXPECT_EQ(erased->parts[1].rows, 2u);
  EXPECT_EQ(place.newest(), std::vector<std::string>{"b 0.5"});
  EXPECT_EQ(place.rows(), contract::stored(std::vector<TestRow>{{.offset = 1, .id = "b"}}));
}

TEST(PostgresHistory, AddsUpCustomersOnceAndRanksThemByExpectedLoss) {
  PostgresPlace place;
  EXPECT_EQ(open_postgres_history(place.settings(), "charges")->summary(5)->customers, 0u) << "no tables yet";
  const auto sink = contract::opened(place);
  contract::history_adds_up(*sink, *open_postgres_history(place.settings(), "charges"));
  EXPECT_EQ(open_postgres_history(place.settings(), "")->summary(1)->at_risk[0].customer_id, "b");
  std::string told;
  for (const Finding& one : look_at_postgres(place.settings(), test_assignment())) told += one.text + "\n";
  EXPECT_THAT(told, HasSubstr("verything before record 4 of churn/0"));
}

TEST(PostgresSink, TheHistoryFindsCustomersAndSplitsThemIntoSegments) {
  PostgresPlace place;
  const auto sink = contract::opened(place);
  const auto history = open_postgres_history(place.settings(), "charges");
  EXPECT_EQ(history->summary(5)->customers, 0u);  // and is asked for sums again after a rest
  const auto another = open_postgres_history(place.settings(), "charges");
  contract::history_finds_customers(*sink, *history);
  contract::history_splits_customers(*another);
}

TEST(PostgresHistory, AQuestionThatTakesTooLongIsGivenUpAndTheNextOneIsAnswered) {
  PostgresPlace place;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0, .id = "a"}}, 1);
  const auto history = open_postgres_history(place.settings(), "charges", std::chrono::milliseconds(300));
  {
    const auto other = *PostgresConnection::connect(place.settings());
    ASSERT_TRUE(other->run("BEGIN; LOCK TABLE " + postgres_table(place.settings(), "churn_scores") +
                           " IN ACCESS EXCLUSIVE MODE"));
    const auto given_up = history->segments({}, {});
    ASSERT_FALSE(given_up);
    EXPECT_EQ(given_up.error().kind, ErrorKind::trouble);
    EXPECT_THAT(given_up.error().message, HasSubstr("statement timeout"));
  }
  EXPECT_EQ(history->segments({}, {})->front().customers, 1u);
}

TEST(PostgresOutcomes, LieBesideTheNewestEventOfTheirTimeAndTheLastWordHolds) {
  PostgresPlace place;
  EXPECT_EQ(keep_in_postgres(place.settings(), {{"a", true, 9}}).error().kind, ErrorKind::wrong);
  place.settings().outcomes = true;
  const auto sink = contract::opened(place);
  contract::known_outcomes_lie_beside_the_newest_event_of_their_time(
      *sink, [&](const auto& outcomes) { return keep_in_postgres(place.settings(), outcomes); },
      [&] {
        return place.ask(
            "SELECT customer_id, CASE WHEN has_left THEN 'left' ELSE 'stayed' END, source_offset"
            " FROM churn_outcomes ORDER BY customer_id, source_offset");
      });
}

TEST(PostgresSink, KeepsOutcomesWithTheirRowsAndTheHistoryKnowsThem) {
  for (const bool events_by_day : {false, true}) {
    PostgresPlace place(events_by_day);
    place.settings().outcomes = true;
    const auto sink = contract::opened(place);
    const auto history = open_postgres_history(place.settings(), "charges");
    contract::history_knows_outcomes(*sink, *history);
    const Result<Erasure> erased = forget_in_postgres(place.settings(), {.customer = "b"});
    ASSERT_TRUE(erased) << erased.error().message;
    EXPECT_EQ(contract::outcomes_as_text(*history, 9), "left 99:1:nan stayed 50:2:50");
    EXPECT_EQ(place.ask("SELECT count(*) FROM churn_outcomes WHERE customer_id = 'b'"),
              std::vector<std::string>{"0"});
  }
}

TEST(PostgresSink, OutcomesAreStoredOnlyWhenAskedAndNeverOfARefusedRow) {
  for (const bool is_asked : {false, true}) {
    PostgresPlace place;
    place.settings().outcomes = is_asked;
    const auto sink = contract::opened(place);
    place.refuse("bad", "not this one");
    sink->write(contract::rows_with_outcomes({{.offset = 0, .id = "a"}, {.offset = 1, .id = "bad"}}, 2,
                                             {{Offset{0}, true}, {Offset{1}, true}}),
                test_checkpoint(2));
    EXPECT_EQ(place.ask("SELECT to_regclass('churn_outcomes') IS NOT NULL"),
              std::vector<std::string>{is_asked ? "t" : "f"});
    if (!is_asked) continue;
    EXPECT_EQ(place.ask("SELECT customer_id, has_left, source_offset FROM churn_outcomes"),
              std::vector<std::string>{"a t 0"});
  }
}

TEST(PostgresSink, PastRowsBringTheirOutcomesAndReplaceThemWhenAsked) {
  PostgresPlace place;
  place.settings().outcomes = true;
  const auto write = [&](RowsThere there, bool has_left) {
    const auto sink = make_postgres_backfill(place.settings(), there);
    EXPECT_TRUE(sink->open(test_assignment()));
    sink->write(contract::rows_with_outcomes({{.offset = 0}}, 1, {{Offset{0}, has_left}}),
                test_checkpoint(1));
    return place.ask("SELECT has_left FROM churn_outcomes");
  };
  EXPECT_EQ(write(RowsThere::stay, false), std::vector<std::string>{"f"});
  EXPECT_EQ(write(RowsThere::stay, true), std::vector<std::string>{"f"});
  EXPECT_EQ(write(RowsThere::replaced, true), std::vector<std::string>{"t"});
}

TEST(PostgresSink, ATableThatIsMadeGetsAnIndexByCustomerWhereThatIsAskedFor) {
  for (const bool is_asked : {false, true}) {
    PostgresPlace place;
    place.settings().customer_index = is_asked;
    contract::opened(place);
    contract::opened(place);  // and again on tables that are there
    const auto connection = *PostgresConnection::connect(place.settings());
    const std::string index = sql_text(postgres_table(place.settings(), "churn_events_customer"));
    EXPECT_EQ(connection->run("SELECT to_regclass(" + index + ") IS NOT NULL")->text(0, 0),
              is_asked ? "t" : "f");
  }
}

TEST(PostgresSink, RowsAreDurableWhateverTheRoleSays) {
  PostgresPlace place;
  place.settings().libpq["options"] = "-c synchronous_commit=off";
  const auto connection = *PostgresConnection::connect(place.settings());
  EXPECT_EQ(connection->run("SHOW synchronous_commit")->text(0, 0), "on");
}

TEST(PostgresSink, AServerThatWillNotHaveUsEndsTheRunAndOneThatIsNotThereIsAskedAgain) {
  PostgresPlace place;
  place.settings().libpq["dbname"] = "nowhere";
  auto opened = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::wrong);
  EXPECT_THAT(opened.error().message, HasSubstr("nowhere"));
  place.settings().libpq["port"] = "1";
  opened = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::trouble);
}

}  // namespace
}  // namespace churnstream
