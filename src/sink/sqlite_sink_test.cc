#include "sink/sqlite_sink.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/numbers.h"
#include "sink/sqlite_database.h"
#include "sink/sqlite_forget.h"
#include "sink/sqlite_history.h"
#include "sink/sqlite_look.h"
#include "sink/sqlite_outcomes.h"
#include "testing/history_contract.h"
#include "testing/sink_contract.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

// One line per row, its cells joined by spaces.
std::vector<std::string> ask(const Path& path, const std::string& sql, int columns) {
  const auto database = *SqliteDatabase::open(path, SqliteDatabase::Mode::write);
  auto question = *database->prepare(sql);
  std::vector<std::string> lines;
  while (*question.step()) {
    std::string line;
    for (int i = 0; i < columns; ++i) line.append(i == 0 ? "" : " ").append(question.text(i));
    lines.push_back(line);
  }
  return lines;
}

void change(const Path& path, const std::string& sql) {
  const auto database = *SqliteDatabase::open(path, SqliteDatabase::Mode::write);
  const auto done = database->run(sql);
  ASSERT_TRUE(done) << done.error().message;
}

class SqlitePlace : public SinkPlace {
 public:
  std::unique_ptr<Sink> make_sink() override {
    return make_sqlite_sink({.path = path(), .tables = tables, .outcomes = outcomes});
  }
  std::vector<std::string> rows() override {
    const auto database = *SqliteDatabase::open(path(), SqliteDatabase::Mode::read_only);
    auto question = *database->prepare(
        "SELECT source_offset, customer_id, probability, note, charges FROM churn_events ORDER BY "
        "source_offset");
    std::vector<std::string> lines;
    while (*question.step())
      lines.push_back(fmt::format("{} {} {} {} {}", question.integer(0), question.text(1),
                                  shortest(question.number(2)),
                                  question.is_null(3) ? "NULL" : question.text(3),
                                  question.is_null(4) ? "NULL" : shortest(question.number(4))));
    return lines;
  }
  std::vector<std::string> flags_and_times() override {
    const auto database = *SqliteDatabase::open(path(), SqliteDatabase::Mode::read_only);
    auto question = *database->prepare(
        "SELECT source_offset, flagged, event_time FROM churn_events ORDER BY source_offset");
    std::vector<std::string> lines;
    while (*question.step())
      lines.push_back(fmt::format("{} {} {}", question.integer(0), question.integer(1) == 1,
                                  rfc3339(question.integer(2))));
    return lines;
  }
  std::vector<std::string> newest() override {
    return ask(path(), "SELECT customer_id, probability FROM churn_scores ORDER BY customer_id", 2);
  }
  bool keeps_newest() const override { return true; }
  bool refuse(const std::string& id, const std::string& reason) override {
    change(path(), "CREATE TRIGGER refuse BEFORE INSERT ON churn_scores WHEN new.customer_id = '" + id +
                       "' BEGIN SELECT RAISE(ABORT, '" + reason + "'); END");
    return true;
  }
  bool add_column(const std::string& name) override {
    change(path(), "ALTER TABLE churn_scores ADD COLUMN " + name + " TEXT");
    return true;
  }
  bool drop_column(const std::string& name) override {
    change(path(), "ALTER TABLE churn_events DROP COLUMN " + name);
    return true;
  }
  bool set_format_version(const std::string& version) override {
    change(path(), "UPDATE churn_meta SET value = '" + version + "' WHERE key = 'format_version'");
    return true;
  }
  Path path() const { return folder_ / "churn.db"; }

  ChosenTables tables;
  bool outcomes = false;

 private:
  TemporaryFolder folder_;
};

TEST(SqliteSink, PassesTheSinkContract) {
  sink_contract([] { return std::make_unique<SqlitePlace>(); });
}

TEST(SqliteSink, KeepsWhatTheFileWasSoThatAnotherOneIsNoticed) {
  SqlitePlace place;
  const auto sink = contract::opened(place);
  sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1, "inode 7"));
  sink->close();
  EXPECT_EQ(**sink->open(test_assignment()), test_checkpoint(1, "inode 7"));
}

TEST(SqliteSink, ATopicMadeAnewStopsTheRunAndAFileThatGrewDoesNot) {
  for (const bool is_topic : {true, false}) {
    SqlitePlace place;
    Assignment assignment = test_assignment();
    assignment.shares_partitions = is_topic;
    const auto sink = place.make_sink();
    ASSERT_TRUE(sink->open(assignment));
    sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1, "first"));
    const WriteOutcome outcome =
        sink->write(scored_rows({{.offset = 0}, {.offset = 1}}, 2), test_checkpoint(2, "second"));
    ASSERT_EQ(std::holds_alternative<Broken>(outcome), is_topic);
    if (const auto* broken = std::get_if<Broken>(&outcome)) {
      EXPECT_THAT(broken->error.message, testing::HasSubstr("was made anew"));
    }
    EXPECT_EQ(place.rows().size(), is_topic ? 1u : 2u);
  }
}

TEST(SqliteSink, AReplayOfWhatItHasChangesNothingEvenWithAnotherAnswer) {
  SqlitePlace place;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0, .id = "a", .probability = 0.25}}, 1);
  contract::delivers(*sink, {{.offset = 0, .id = "a", .probability = 0.75}}, 1);
  EXPECT_EQ(place.newest(), std::vector<std::string>{"a 0.25"});
}

TEST(SqliteSink, RowsGetNoOlderThanRetentionSaysTableByTable) {
  SqlitePlace place;
  const EpochMicros now_us = system_clock().now_us();
  constexpr EpochMicros kHourUs = 3'600'000'000;
  const std::vector<TestRow> rows{{.offset = 0, .id = "old", .event_time_us = now_us - 50 * kHourUs},
                                  {.offset = 1, .id = "mid", .event_time_us = now_us - 30 * kHourUs},
                                  {.offset = 2, .id = "new", .event_time_us = now_us - kHourUs}};
  contract::delivers(*contract::opened(place), rows, 3);
  EXPECT_EQ(place.rows().size(), 3u) << "without retention they stay";
  const auto sink = make_sqlite_sink(
      {.path = place.path(),
       .retention = {{"churn_events", std::chrono::hours(24)}, {"churn_scores", std::chrono::hours(48)}}});
  ASSERT_TRUE(sink->open(test_assignment()));
  EXPECT_EQ(place.rows(), contract::stored(std::vector<TestRow>{rows[2]}));
  EXPECT_EQ(place.newest(), (std::vector<std::string>{"mid 0.5", "new 0.5"}));
  // The next look is an hour away: what comes meanwhile is stored.
  contract::delivers(*sink, {{.offset = 3, .id = "late", .event_time_us = now_us - 50 * kHourUs}}, 4);
  EXPECT_EQ(place.rows().size(), 2u);
}

TEST(SqliteSink, MoreOldRowsThanOneStatementTakesAllGo) {
  SqlitePlace place;
  std::vector<TestRow> rows(kRetentionRowsAtOnce * 2 + 7);
  for (std::size_t i = 0; i < rows.size(); ++i) rows[i].offset = static_cast<std::int64_t>(i);
  contract::delivers(*contract::opened(place), rows, static_cast<std::int64_t>(rows.size()));
  ASSERT_TRUE(
      make_sqlite_sink({.path = place.path(), .retention = {{"churn_events", std::chrono::hours(24)}}})
          ->open(test_assignment()));
  EXPECT_EQ(place.rows().size(), 0u);
}

TEST(SqliteSink, PastRowsComeBesideTheStreamAndMoveNoPosition) {
  SqlitePlace place;
  const auto stream = contract::opened(place);
  contract::delivers(*stream, {{.offset = 5, .id = "a", .probability = 0.75, .event_time_us = 9}}, 6);
  const auto past = make_sqlite_backfill({place.path()}, RowsThere::stay);
  EXPECT_EQ(*past->open(test_assignment("backfill")), std::nullopt);
  contract::delivers(*past,
                     {{.offset = 0, .id = "a", .probability = 0.25, .event_time_us = 1},
                      {.offset = 5, .id = "a", .probability = 0.5, .event_time_us = 9},
                      {.offset = 7, .id = "b", .probability = 0.125, .event_time_us = 3}},
                     8);
  EXPECT_EQ(place.newest(), (std::vector<std::string>{"a 0.75", "b 0.125"})) << "what is there stays";
  EXPECT_EQ(ask(place.path(), "SELECT source_offset, probability FROM churn_events ORDER BY 1", 2),
            (std::vector<std::string>{"0 0.25", "5 0.75", "7 0.125"}));
  const auto anew = make_sqlite_backfill({place.path()}, RowsThere::replaced);
  ASSERT_TRUE(anew->open(test_assignment("backfill")));
  contract::delivers(*anew,
                     {{.offset = 0, .id = "a", .probability = 0.1, .event_time_us = 1},
                      {.offset = 5, .id = "a", .probability = 0.2, .event_time_us = 9}},
                     6);
  EXPECT_EQ(place.newest(), (std::vector<std::string>{"a 0.2", "b 0.125"}));
  EXPECT_EQ(ask(place.path(), "SELECT source_offset, probability FROM churn_events ORDER BY 1", 2),
            (std::vector<std::string>{"0 0.1", "5 0.2", "7 0.125"}));
  // The stream goes on from where it was, and still owns its positions.
  contract::delivers(*stream, {{.offset = 6, .id = "c"}, {.offset = 7, .id = "b", .event_time_us = 3}}, 8);
  EXPECT_EQ(place.rows().size(), 4u);
  stream->close();
  contract::opened(place, test_checkpoint(8));
}

TEST(SqliteSink, PastRowsThatAreRefusedAreToldAndTheOthersAreThere) {
  SqlitePlace place;
  contract::opened(place);
  place.refuse("bad", "not this one");
  const auto past = make_sqlite_backfill({place.path()}, RowsThere::stay);
  ASSERT_TRUE(past->open(test_assignment()));
  const WriteOutcome outcome =
      past->write(scored_rows({{.offset = 0}, {.offset = 1, .id = "bad"}}, 2), test_checkpoint(2));
  ASSERT_TRUE(std::holds_alternative<RefusedRows>(outcome));
  EXPECT_EQ(std::get<RefusedRows>(outcome).rows.size(), 1u);
  EXPECT_EQ(place.rows(), contract::stored(std::vector<TestRow>{{.offset = 0}}));
}

TEST(SqliteSink, AForgottenCustomersBytesAreGoneFromTheFile) {
  SqlitePlace place;
  contract::delivers(
      *contract::opened(place),
      {{.offset = 0, .id = "7590-VHVEG"}, {.offset = 1, .id = "b"}, {.offset = 2, .id = "7590-VHVEG"}}, 3);
  EXPECT_EQ(forget_in_sqlite(place.path(), {"7590-VHVEG", true})->parts[1].rows, 2u);
  EXPECT_EQ(place.rows().size(), 3u);
  const Result<Erasure> erased = forget_in_sqlite(place.path(), {"7590-VHVEG", false});
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_TRUE(erased->left.empty());
  EXPECT_EQ(place.newest(), std::vector<std::string>{"b 0.5"});
  EXPECT_EQ(place.rows().size(), 1u);
  for (const auto& entry : std::filesystem::directory_iterator(place.path().parent_path()))
    EXPECT_EQ(read_file(entry.path())->find("7590-VHVEG"), std::string::npos) << entry.path();
}

TEST(SqliteSink, ASecondProcessIsRefused) {
  SqlitePlace place;
  const auto first = contract::opened(place);
  const auto second = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(second);
  EXPECT_THAT(second.error().message, testing::HasSubstr("another process"));
  EXPECT_EQ(second.error().kind, ErrorKind::wrong);
}

TEST(SqliteSink, AnotherOwnerOfThePositionsStopsTheWriterAndNothingIsWritten) {
  SqlitePlace place;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0}}, 1);
  change(place.path(), "UPDATE churn_positions SET owner = 'somebody else'");
  const WriteOutcome outcome = sink->write(scored_rows({{.offset = 1}}, 2), test_checkpoint(2));
  ASSERT_TRUE(std::holds_alternative<Broken>(outcome));
  EXPECT_THAT(std::get<Broken>(outcome).error.message, testing::HasSubstr("took over"));
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(SqliteSink, OtherColumnsAreNamedAndRefused) {
  SqlitePlace place;
  contract::opened(place)->close();
  change(place.path(),
         "ALTER TABLE churn_scores ADD COLUMN color TEXT; ALTER TABLE churn_events DROP COLUMN note");
  auto again = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, testing::HasSubstr("churn_scores has a column color"));
  change(place.path(), "ALTER TABLE churn_scores DROP COLUMN color");
  again = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(again);
  EXPECT_THAT(again.error().message, testing::HasSubstr("churn_events has no column note"));
}

TEST(SqliteSink, WritesTheTablesThatAreChosen) {
  const char* question =
      "SELECT name FROM sqlite_master WHERE name IN"
      " ('churn_events', 'churn_scores')";
  for (const ChosenTables tables : {ChosenTables{.has_events = false}, {.has_scores = false}}) {
    SqlitePlace place;
    place.tables = tables;
    const auto sink = contract::opened(place);
    contract::delivers(*sink, {{.offset = 0, .id = "a"}, {.offset = 1, .id = "a"}}, 2);
    ScoredBatch tombstone = scored_rows({}, 3);
    tombstone.tombstones = {{"b", Offset{2}, 1}};
    EXPECT_TRUE(std::holds_alternative<Delivered>(sink->write(tombstone, test_checkpoint(3))));
    sink->close();
    EXPECT_EQ(ask(place.path(), question, 1), tables.names());
    EXPECT_EQ(ask(place.path(), "SELECT count(*) FROM " + tables.names().front(), 1),
              std::vector<std::string>{tables.has_events ? "2" : "1"});
    EXPECT_EQ((*open_sqlite_history(place.path(), "charges"))->summary(5)->customers,
              tables.has_scores ? 1u : 0u);
    EXPECT_EQ(forget_in_sqlite(place.path(), {"a", false})->parts.size(), 1u);
    EXPECT_EQ(**place.make_sink()->open(test_assignment()), test_checkpoint(3));
  }
}

TEST(SqliteSink, AFileThatIsNoDatabaseIsRefused) {
  SqlitePlace place;
  ASSERT_TRUE(write_file_atomically(place.path(), std::string(5'000, 'x')));
  const auto opened = place.make_sink()->open(test_assignment());
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::wrong);
}

TEST(SqliteSink, WhileSomebodyElseWritesTheAnswerIsTryAgain) {
  SqlitePlace place;
  const auto sink = contract::opened(place);
  const auto other = *SqliteDatabase::open(place.path(), SqliteDatabase::Mode::write);
  ASSERT_TRUE(other->run("BEGIN IMMEDIATE"));
  EXPECT_TRUE(
      std::holds_alternative<TryAgain>(sink->write(scored_rows({{.offset = 0}}, 1), test_checkpoint(1))));
  ASSERT_TRUE(other->run("ROLLBACK"));
  contract::delivers(*sink, {{.offset = 0}}, 1);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(SqliteSink, TimesAreMicrosecondsAndFlagsAreNumbers) {
  SqlitePlace place;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 5, .probability = 0.75, .event_time_us = 42}}, 6);
  EXPECT_EQ(ask(place.path(),
                "SELECT flagged, risk_band, expected_loss, model, event_time, scored_at, source_topic,"
                " source_partition, prediction FROM churn_scores",
                9),
            std::vector<std::string>{"1 high 7.5 abc123 42 1000000 churn 0 Yes"});
}

TEST(SqliteHistory, AddsUpCustomersOnceAndRanksThemByExpectedLoss) {
  SqlitePlace place;
  const auto sink = contract::opened(place);
  contract::history_adds_up(*sink, **open_sqlite_history(place.path(), "charges"));
}

TEST(SqliteHistory, FindsCustomersAndSplitsThemIntoSegments) {
  SqlitePlace place;
  const auto sink = contract::opened(place);
  const auto history = *open_sqlite_history(place.path(), "charges");
  contract::history_finds_customers(*sink, *history);
  contract::history_splits_customers(*history);
}

TEST(SqliteHistory, AQuestionThatTakesTooLongIsGivenUpAndTheNextOneIsAnswered) {
  SqlitePlace place;
  const auto sink = contract::opened(place);
  std::vector<TestRow> rows;
  for (std::int64_t offset = 0; offset < 3'000; ++offset)
    rows.push_back({.offset = offset, .id = std::to_string(offset), .event_time_us = 1, .charges = 1});
  contract::delivers(*sink, rows, 3'000);
  const auto hurried = *open_sqlite_history(place.path(), "charges", std::chrono::milliseconds(0));
  const auto given_up = hurried->segments({}, {{"charges", 1}});
  ASSERT_FALSE(given_up);
  EXPECT_EQ(given_up.error().kind, ErrorKind::trouble);
  EXPECT_THAT(given_up.error().message, testing::HasSubstr("interrupted"));
  EXPECT_EQ(hurried->summary(1)->customers, 3'000u);
  const auto patient = *open_sqlite_history(place.path(), "charges");
  EXPECT_EQ(patient->segments({}, {})->front().customers, 3'000u);
}

TEST(SqliteHistory, KnowsOutcomesByTheScoresOfTheirEvents) {
  SqlitePlace place;
  place.outcomes = true;
  const auto sink = contract::opened(place);
  contract::history_knows_outcomes(*sink, **open_sqlite_history(place.path(), "charges"));
}

TEST(SqliteHistory, WithoutEventsKnowsOutcomesOfCustomersWhoHaveNotComeAgain) {
  SqlitePlace place;
  place.outcomes = true;
  place.tables.has_events = false;
  const auto sink = contract::opened(place);
  sink->write(contract::rows_with_outcomes({{.offset = 0, .id = "a"}, {.offset = 1, .id = "b"}}, 2,
                                           {{Offset{0}, true}, {Offset{1}, false}}),
              test_checkpoint(2));
  contract::delivers(*sink, {{.offset = 2, .id = "b", .event_time_us = 1}}, 3);
  const auto history = *open_sqlite_history(place.path(), "charges");
  EXPECT_EQ(contract::outcomes_as_text(*history, 9), "left 50:1:10 stayed");
}

TEST(SqliteSink, OutcomesAreStoredOnlyWhenAskedAndNeverOfARefusedRow) {
  for (const bool is_asked : {false, true}) {
    SqlitePlace place;
    place.outcomes = is_asked;
    const auto sink = contract::opened(place);
    place.refuse("bad", "not this one");
    sink->write(contract::rows_with_outcomes({{.offset = 0, .id = "a"}, {.offset = 1, .id = "bad"}}, 2,
                                             {{Offset{0}, true}, {Offset{1}, true}}),
                test_checkpoint(2));
    if (is_asked) {
      EXPECT_EQ(ask(place.path(), "SELECT * FROM churn_outcomes", 6),
                std::vector<std::string>{"a 1 0 churn 0 0"});
    } else {
      EXPECT_EQ(ask(place.path(), "SELECT name FROM sqlite_master WHERE name LIKE '%outcome%'", 1),
                std::vector<std::string>{});
    }
  }
}

TEST(SqliteSink, OutcomesAreForgottenWithTheirCustomerAndGoWhenTheyAreTooOld) {
  SqlitePlace place;
  place.outcomes = true;
  auto sink = contract::opened(place);
  sink->write(
      contract::rows_with_outcomes({{.offset = 0, .id = "a", .event_time_us = system_clock().now_us()},
                                    {.offset = 1, .id = "b"},
                                    {.offset = 2, .id = "c", .event_time_us = system_clock().now_us()}},
                                   3, {{Offset{0}, true}, {Offset{1}, false}, {Offset{2}, false}}),
      test_checkpoint(3));
  sink->close();
  ASSERT_TRUE(forget_in_sqlite(place.path(), {.customer = "a"}));
  sink = make_sqlite_sink(
      {.path = place.path(), .retention = {{"churn_outcomes", std::chrono::hours(1)}}, .outcomes = true});
  ASSERT_TRUE(sink->open(test_assignment()));
  EXPECT_EQ(ask(place.path(), "SELECT customer_id FROM churn_outcomes", 1), std::vector<std::string>{"c"});
  EXPECT_EQ(ask(place.path(), "SELECT customer_id FROM churn_events", 1),
            (std::vector<std::string>{"b", "c"}));
}

TEST(SqliteOutcomes, LieBesideTheNewestEventOfTheirTimeAndTheLastWordHolds) {
  SqlitePlace place;
  place.outcomes = true;
  const auto sink = contract::opened(place);
  contract::known_outcomes_lie_beside_the_newest_event_of_their_time(
      *sink, [&](const auto& outcomes) { return keep_in_sqlite(place.path(), outcomes); },
      [&] {
        return ask(place.path(),
                   "SELECT customer_id, iif(has_left, 'left', 'stayed'), source_offset FROM churn_outcomes"
                   " ORDER BY customer_id, source_offset",
                   3);
      });
}

TEST(SqliteOutcomes, AStoreWithoutTheirTableIsLeftAloneAndToldWhatToDo) {
  SqlitePlace place;
  EXPECT_EQ(keep_in_sqlite(place.path(), {{"a", true, 9}}).error().kind, ErrorKind::wrong);
  contract::opened(place)->close();
  const auto kept = keep_in_sqlite(place.path(), {{"a", true, 9}});
  ASSERT_FALSE(kept);
  EXPECT_THAT(kept.error().message, testing::HasSubstr("run the pipeline with its [outcomes] section first"));
}

TEST(SqliteSink, ATableOfOutcomesWithOtherColumnsIsRefusedByItsName) {
  SqlitePlace place;
  place.outcomes = true;
  contract::opened(place)->close();
  change(place.path(), "ALTER TABLE churn_outcomes ADD COLUMN color TEXT");
  contract::is_refused(place, "churn_outcomes has a column color");
}

TEST(SqliteSink, AStoreOfBeforeGetsATableOfOutcomesAndALookSaysThatNothingIsWrong) {
  SqlitePlace place;
  contract::opened(place)->close();
  const Findings found = look_at_sqlite({.path = place.path(), .outcomes = true}, test_assignment());
  for (const Finding& one : found) EXPECT_NE(one.health, Health::bad) << one.text;
  place.outcomes = true;
  const auto sink = contract::opened(place);
  sink->write(contract::rows_with_outcomes({{.offset = 0}}, 1, {{Offset{0}, true}}), test_checkpoint(1));
  EXPECT_EQ(ask(place.path(), "SELECT customer_id FROM churn_outcomes", 1), std::vector<std::string>{"7590"});
}

TEST(SqliteSink, PastRowsBringTheirOutcomesAndReplaceThemWhenAsked) {
  SqlitePlace place;
  place.outcomes = true;
  const auto write = [&](RowsThere there, bool has_left) {
    const auto sink = make_sqlite_backfill({.path = place.path(), .outcomes = true}, there);
    EXPECT_TRUE(sink->open(test_assignment()));
    sink->write(contract::rows_with_outcomes({{.offset = 0}}, 1, {{Offset{0}, has_left}}),
                test_checkpoint(1));
    return ask(place.path(), "SELECT has_left FROM churn_outcomes", 1);
  };
  EXPECT_EQ(write(RowsThere::stay, false), std::vector<std::string>{"0"});
  EXPECT_EQ(write(RowsThere::stay, true), std::vector<std::string>{"0"});
  EXPECT_EQ(write(RowsThere::replaced, true), std::vector<std::string>{"1"});
}

TEST(SqliteHistory, FindsPastScoresByAnIndexWhereThereIsOne) {
  SqlitePlace place;
  const std::string plan =
      "EXPLAIN QUERY PLAN SELECT * FROM churn_events WHERE customer_id = 'a'"
      " ORDER BY event_time DESC";
  EXPECT_TRUE(place.make_sink()->open(test_assignment()));
  EXPECT_THAT(ask(place.path(), plan, 4).at(0), testing::HasSubstr("SCAN"));
  EXPECT_TRUE(make_sqlite_sink({.path = place.path(), .customer_index = true})->open(test_assignment()));
  EXPECT_THAT(ask(place.path(), plan, 4).at(0), testing::HasSubstr("churn_events_customer (customer_id=?)"));
}

TEST(SqliteHistory, IsEmptyBeforeThereIsAStore) {
  const TemporaryFolder folder;
  const auto history = *open_sqlite_history(folder / "churn.db", "charges");
  EXPECT_EQ(history->summary(5)->customers, 0u);
  EXPECT_TRUE(history->customers({})->customers.empty());
  EXPECT_FALSE(*history->customer("a"));
  EXPECT_TRUE(history->segments({}, {{"note"}})->empty());
}

}  // namespace
}  // namespace churnstream
