#include "sink/sqlite_sink.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/numbers.h"
#include "sink/sqlite_database.h"
#include "sink/sqlite_history.h"
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
  std::unique_ptr<Sink> make_sink() override { return make_sqlite_sink(path()); }
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

TEST(SqliteSink, AReplayOfWhatItHasChangesNothingEvenWithAnotherAnswer) {
  SqlitePlace place;
  const auto sink = contract::opened(place);
  contract::delivers(*sink, {{.offset = 0, .id = "a", .probability = 0.25}}, 1);
  contract::delivers(*sink, {{.offset = 0, .id = "a", .probability = 0.75}}, 1);
  EXPECT_EQ(place.newest(), std::vector<std::string>{"a 0.25"});
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

TEST(SqliteHistory, IsEmptyBeforeThereIsAStore) {
  const TemporaryFolder folder;
  const auto history = *open_sqlite_history(folder / "churn.db", "charges");
  EXPECT_EQ(history->summary(5)->customers, 0u);
}

}  // namespace
}  // namespace churnstream
