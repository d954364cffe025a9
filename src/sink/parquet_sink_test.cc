#include "sink/parquet_sink.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>

#include "base/clock.h"
#include "base/numbers.h"
#include "sink/closed_files.h"
#include "table/duckdb_table.h"
#include "testing/sink_contract.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

std::vector<Path> closed_files(const Path& folder) {
  std::vector<Path> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.path().string().find("/day=") != std::string::npos && entry.is_regular_file() &&
        entry.path().string().find("/.rolling/") == std::string::npos)
      files.push_back(entry.path());
  std::sort(files.begin(), files.end());
  return files;
}

class ParquetPlace : public SinkPlace {
 public:
  std::unique_ptr<Sink> make_sink() override { return make_parquet_sink(settings()); }
  // Rows count when they are in a closed file: looking closes them, as a restart would.
  std::vector<std::string> rows() override {
    return each_row([](const Table& table, std::size_t row) {
      const auto number = [&](const char* name) {
        return table[name].is_null[row] != 0 ? std::string("NULL") : shortest(table[name].numbers[row]);
      };
      return fmt::format("{} {} {} {} {}", table["place"].integers[row], table["id"].texts[row], number("p"),
                         table["note"].is_null[row] != 0 ? "NULL" : table["note"].texts[row],
                         number("charges"));
    });
  }
  std::vector<std::string> flags_and_times() override {
    return each_row([](const Table& table, std::size_t row) {
      return fmt::format("{} {} {}", table["place"].integers[row], table["flagged"].texts[row],
                         rfc3339(table["time"].integers[row]));
    });
  }
  Path folder() const { return folder_ / "scored"; }
  RolledSettings settings() const {
    RolledSettings settings;
    settings.folder = folder();
    return settings;
  }

 private:
  using TextOf = std::function<std::string(const Table& table, std::size_t row)>;
  std::vector<std::string> each_row(const TextOf& text_of) const {
    const auto open = list_folder(folder() / ".open");
    return open && !open->empty() ? after_restart(text_of) : in_files(text_of);
  }
  std::vector<std::string> in_files(const TextOf& text_of) const {
    std::vector<std::string> texts;
    const std::vector<Path> files = closed_files(folder());
    if (files.empty()) return texts;
    const auto table =
        (*Tables::open())
            ->read(
                "SELECT source_offset AS place, customer_id AS id, probability AS p, "
                "flagged::VARCHAR AS flagged, epoch_us(event_time) AS time, note, charges FROM " +
                parquet_files(files) + " ORDER BY place");
    EXPECT_TRUE(table) << (table ? "" : table.error().message);
    for (std::size_t row = 0; row < table->num_rows(); ++row) texts.push_back(text_of(*table, row));
    return texts;
  }
  // A copy of the folder, since the sink that wrote it may still hold it.
  std::vector<std::string> after_restart(const TextOf& text_of) const {
    ParquetPlace copy;
    std::filesystem::copy(folder(), copy.folder(), std::filesystem::copy_options::recursive);
    EXPECT_TRUE(copy.make_sink()->open(test_assignment()));
    return copy.in_files(text_of);
  }
  TemporaryFolder folder_;
};

constexpr EpochMicros kDayUs = 86'400'000'000;

// A roll goes on in the background: waits, for a while, until it has come to its end.
std::size_t files_once_there_are(std::size_t count, Sink& sink, const Path& folder) {
  for (int look = 0; look < 3'000 && closed_files(folder).size() < count; ++look) {
    system_clock().sleep(std::chrono::milliseconds(10));
    sink.idle();
  }
  return closed_files(folder).size();
}

void copy_folder(const Path& from, const Path& to) {
  std::filesystem::remove_all(to);
  std::filesystem::copy(from, to, std::filesystem::copy_options::recursive);
}

std::string day_text(EpochMicros time_us) { return rfc3339(time_us).substr(0, 10); }

// Of a packed text file.
std::string lines_in(const Path& file) {
  const auto table =
      (*Tables::open())
          ->read(
              fmt::format("SELECT line FROM read_csv('{}', columns = {{'line': 'VARCHAR'}}, header = false, "
                          "auto_detect = false, delim = '\x01', quote = '', escape = '')",
                          file.string()));
  EXPECT_TRUE(table) << (table ? "" : table.error().message);
  std::string lines;
  for (const std::string& line : table->columns[0].texts) lines += line + "\n";
  return lines;
}

TEST(ParquetSink, PassesTheSinkContract) {
  sink_contract([] { return std::make_unique<ParquetPlace>(); });
}

TEST(ParquetSink, ClosesOneFilePerDayAndListsIt) {
  ParquetPlace place;
  auto sink = contract::opened(place);
  contract::delivers(*sink,
                     {{.offset = 5, .event_time_us = kDayUs}, {.offset = 6, .event_time_us = kDayUs + 1}}, 7);
  contract::delivers(*sink, {{.offset = 7, .event_time_us = 2 * kDayUs}}, 8);
  EXPECT_TRUE(closed_files(place.folder()).empty());
  sink->close();
  EXPECT_EQ(closed_files(place.folder()),
            (std::vector<Path>{place.folder() / "day=1970-01-02/churn-0-5.parquet",
                               place.folder() / "day=1970-01-03/churn-0-5.parquet"}));
  const std::string manifest = *read_file(place.folder() / "_manifest.jsonl");
  EXPECT_EQ(manifest,
            R"({"file":"day=1970-01-02/churn-0-5.parquet","day":"1970-01-02","topic":"churn","partition":0,)"
            R"("first_offset":5,"last_offset":6,"rows":2,"stem":"churn-0-5"})"
            "\n"
            R"({"file":"day=1970-01-03/churn-0-5.parquet","day":"1970-01-03","topic":"churn","partition":0,)"
            R"("first_offset":7,"last_offset":7,"rows":1,"stem":"churn-0-5"})"
            "\n");
  const auto times = (*Tables::open())
                         ->read("SELECT epoch_us(event_time) AS t FROM " +
                                parquet_files(closed_files(place.folder())) + " ORDER BY t");
  ASSERT_TRUE(times) << times.error().message;
  EXPECT_EQ((*times)["t"].integers, (std::vector<std::int64_t>{kDayUs, kDayUs + 1, 2 * kDayUs}));
}

// pandas and Spark take no notice of files whose names begin with _ or a point.
TEST(ParquetSink, ReadersSeeTheFilesOfEveryTopic) {
  ParquetPlace place;
  auto sink = contract::opened(place);
  for (const char* topic : {"/data/in.csv", "_in", ".in", "é", "-"}) {
    ScoredBatch batch = scored_rows({{.offset = 0}}, 1);
    batch.rows.extent().partition = {topic, 0};
    Checkpoint after;
    after.next[batch.rows.extent().partition] = Offset{1};
    EXPECT_TRUE(std::holds_alternative<Delivered>(sink->write(batch, after)));
  }
  sink->close();
  const std::vector<Path> files = closed_files(place.folder());
  ASSERT_EQ(files.size(), 5u);
  for (const Path& file : files)
    EXPECT_NE(std::isalnum(static_cast<unsigned char>(file.filename().string()[0])), 0) << file;
}

TEST(ParquetSink, ALogThatIsLongOrOldBecomesAFile) {
  ParquetPlace place;
  RolledSettings settings = place.settings();
  settings.log_bytes_max = 1;
  auto sink = make_parquet_sink(settings);
  ASSERT_TRUE(sink->open(test_assignment()));
  contract::delivers(*sink, {{.offset = 0}}, 1);
  contract::delivers(*sink, {{.offset = 1}}, 2);
  EXPECT_EQ(files_once_there_are(1, *sink, place.folder()), 1u);
  sink->close();
  settings = place.settings();
  settings.log_age_max = std::chrono::nanoseconds(1);
  sink = make_parquet_sink(settings);
  ASSERT_TRUE(sink->open(test_assignment()));
  contract::delivers(*sink, {{.offset = 2}}, 3);
  EXPECT_EQ(files_once_there_are(3, *sink, place.folder()), 3u);
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}, {.offset = 1}, {.offset = 2}}));
}

// A roll is: files under temporary names, the manifest, their names, the log goes. Died between any two, what
// is found at the next start is brought to an end.
TEST(ParquetSink, ARollThatWasCutOffIsFinishedOrForgotten) {
  ParquetPlace place;
  const std::vector<std::string> all = contract::stored({{.offset = 0}, {.offset = 1}});
  {
    auto sink = contract::opened(place);
    contract::delivers(*sink, {{.offset = 0}, {.offset = 1}}, 2);
    TemporaryFolder before;
    const Path log_only = before / "copy";
    std::filesystem::copy(place.folder(), log_only, std::filesystem::copy_options::recursive);
    sink->close();
    // After the manifest and before the names: the log is still there, the files are not in place.
    const Path rolling = place.folder() / ".rolling/churn-0-0/day=1970-01-01";
    std::filesystem::create_directories(rolling);
    std::filesystem::rename(place.folder() / "day=1970-01-01/churn-0-0.parquet",
                            rolling / "churn-0-0.parquet");
    std::filesystem::copy(
        log_only / ".open", place.folder() / ".open",
        std::filesystem::copy_options::recursive | std::filesystem::copy_options::overwrite_existing);
    contract::opened(place, test_checkpoint(2));
    EXPECT_EQ(place.rows(), all);
    EXPECT_TRUE(list_folder(place.folder() / ".open")->empty());
    // Before the manifest: half a file lies about.
    std::filesystem::remove_all(place.folder());
    std::filesystem::copy(log_only, place.folder(), std::filesystem::copy_options::recursive);
    std::filesystem::create_directories(rolling);
    ASSERT_TRUE(write_file_atomically(rolling / "data_0.parquet", "half"));
  }
  contract::opened(place, test_checkpoint(2));
  EXPECT_EQ(place.rows(), all);
  EXPECT_TRUE(list_folder(place.folder() / ".rolling")->empty());
}

// Died while one log was being rolled and the next one took rows: both become files, in whatever order they
// are found, and the position stays where the newer one had it.
TEST(ParquetSink, TwoLogsOfAPartitionThatWereLeftBecomeFiles) {
  ParquetPlace place;
  TemporaryFolder beside;
  {
    auto sink = contract::opened(place);
    contract::delivers(*sink, {{.offset = 9}, {.offset = 10}}, 11);
    copy_folder(place.folder(), beside / "older");
  }
  {
    RolledSettings settings = place.settings();
    settings.folder = beside / "newer";
    auto sink = make_parquet_sink(settings);
    ASSERT_TRUE(sink->open(test_assignment()));
    contract::delivers(*sink, {{.offset = 11}, {.offset = 12}}, 13);
    copy_folder(beside / "older", place.folder());
    std::filesystem::copy(beside / "newer/.open", place.folder() / ".open",
                          std::filesystem::copy_options::recursive);
  }
  ASSERT_EQ(list_folder(place.folder() / ".open"),
            (std::vector<std::string>{"churn-0-11.log", "churn-0-9.log"}));
  auto sink = contract::opened(place, test_checkpoint(13));
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 9}, {.offset = 10}, {.offset = 11}, {.offset = 12}}));
}

// Whatever moment the process dies in while a roll is under way, every row is there once afterwards.
TEST(ParquetSink, DiedAtAnyMomentOfABackgroundRoll) {
  ParquetPlace place;
  RolledSettings settings = place.settings();
  settings.log_bytes_max = 1;
  auto sink = make_parquet_sink(settings);
  ASSERT_TRUE(sink->open(test_assignment()));
  std::vector<TestRow> all;
  for (std::int64_t offset = 0; offset < 12; ++offset) {
    all.push_back({.offset = offset, .event_time_us = offset % 3 * kDayUs});
    contract::delivers(*sink, {all.back()}, offset + 1);
    system_clock().sleep(std::chrono::milliseconds(offset % 7 * 5));
    ParquetPlace died;
    copy_folder(place.folder(), died.folder());
    contract::opened(died, test_checkpoint(offset + 1));
    EXPECT_EQ(died.rows(), contract::stored(all));
  }
}

TEST(ParquetSink, RowsOfAnotherModelsColumnsAreClosedWithTheirOwn) {
  ParquetPlace place;
  TemporaryFolder beside;
  const Path copy = beside / "copy";
  {
    auto sink = contract::opened(place);
    contract::delivers(*sink, {{.offset = 0}}, 1);
    std::filesystem::copy(place.folder(), copy, std::filesystem::copy_options::recursive);
  }
  std::filesystem::remove_all(place.folder());
  std::filesystem::copy(copy, place.folder(), std::filesystem::copy_options::recursive);
  Assignment other = test_assignment();
  other.columns = std::make_shared<const Schema>(*Schema::make({{"id", ColumnType::text}}));
  ASSERT_TRUE(place.make_sink()->open(other));
  EXPECT_EQ(place.rows(), contract::stored({{.offset = 0}}));
}

TEST(ParquetSink, FilesOfDaysThatAreTooOldGoAndTheirLinesWithThem) {
  ParquetPlace place;
  const EpochMicros today_us = system_clock().now_us() / kDayUs * kDayUs;
  {
    auto sink = contract::opened(place);
    contract::delivers(*sink,
                       {{.offset = 0, .event_time_us = today_us - 5 * kDayUs},
                        {.offset = 1, .event_time_us = today_us - kDayUs},
                        {.offset = 2, .event_time_us = today_us},
                        {.offset = 3, .event_time_us = std::numeric_limits<EpochMicros>::max()}},
                       4);
  }
  EXPECT_EQ(closed_files(place.folder()).size(), 4u) << "without retention they stay";
  RolledSettings settings = place.settings();
  settings.retention = std::chrono::hours(48);
  auto sink = make_parquet_sink(settings);
  ASSERT_EQ((**sink->open(test_assignment())).next, test_checkpoint(4).next);
  EXPECT_EQ(closed_files(place.folder()).size(), 3u);
  EXPECT_FALSE(std::filesystem::exists(place.folder() / ("day=" + day_text(today_us - 5 * kDayUs))));
  const auto files = *read_manifest(place.folder() / kClosedManifest);
  ASSERT_EQ(files.size(), 3u);
  EXPECT_EQ(files[0].first_offset, 1);
  EXPECT_EQ(files[2].day, "unknown");
  // What comes now is closed and listed behind the ones that stayed.
  contract::delivers(*sink, {{.offset = 4, .event_time_us = today_us}}, 5);
  sink->close();
  EXPECT_EQ(read_manifest(place.folder() / kClosedManifest)->size(), 4u);
}

TEST(ParquetSink, AManifestThatNamesAFileOutsideOfItsFolderIsWrong) {
  TemporaryFolder folder;
  for (const char* file : {"../other.parquet", "/etc/passwd", "day=1970-01-01/../../x"}) {
    ClosedFile outside;
    outside.file = file;
    const std::string line = manifest_line(outside);
    ASSERT_TRUE(write_file_atomically(folder / kClosedManifest, line));
    EXPECT_FALSE(read_manifest(folder / kClosedManifest)) << file;
  }
}

TEST(ParquetSink, ForgettingWritesTheFilesOfACustomerAnewAndDropsEmptyOnes) {
  ParquetPlace place;
  const std::vector<TestRow> rows{{.offset = 0, .id = "a", .event_time_us = 1},
                                  {.offset = 1, .id = "b", .event_time_us = 2, .note = std::nullopt},
                                  {.offset = 2, .id = "a", .event_time_us = kDayUs}};
  contract::delivers(*contract::opened(place), rows, 3);
  const auto layout = [&] {
    const Path file = place.folder() / "day=1970-01-01/churn-0-0.parquet";
    return (*Tables::open())
        ->read(fmt::format("SELECT string_agg(name || coalesce(type, '') || coalesce(logical_type, ''), ' ') "
                           "FROM parquet_schema('{}')",
                           file.string()))
        ->columns[0]
        .texts[0];
  };
  const std::string layout_before = layout();
  const ErasureWishes look{"a", true}, erase{"a", false};
  EXPECT_EQ(forget_in_folder(place.settings(), look)->parts[0].rows, 2u);
  EXPECT_EQ(place.rows(), contract::stored(rows));
  const Result<Erasure> erased = forget_in_folder(place.settings(), erase);
  ASSERT_TRUE(erased) << erased.error().message;
  EXPECT_EQ(erased->parts[0].rows, 2u);
  EXPECT_EQ(layout(), layout_before);
  EXPECT_EQ(place.rows(), contract::stored(std::vector<TestRow>{rows[1]}));
  EXPECT_EQ(place.flags_and_times(), std::vector<std::string>{"1 true 1970-01-01T00:00:00.000002Z"});
  EXPECT_EQ(closed_files(place.folder()).size(), 1u);
  const auto files = *read_manifest(place.folder() / kClosedManifest);
  ASSERT_EQ(files.size(), 1u);
  EXPECT_EQ(files[0].rows, 1);
  EXPECT_EQ(forget_in_folder(place.settings(), erase)->parts[0].rows, 0u) << "the same again";
  contract::opened(place, test_checkpoint(3));
}

class TextFiles : public testing::TestWithParam<std::tuple<RolledFormat, std::string, std::string>> {};

TEST_P(TextFiles, HoldWhatTheRecordSays) {
  ParquetPlace place;
  RolledSettings settings = place.settings();
  settings.form.format = std::get<0>(GetParam());
  settings.form.compression = std::get<1>(GetParam());
  auto sink = make_parquet_sink(settings);
  ASSERT_TRUE(sink->open(test_assignment()));
  contract::delivers(*sink,
                     {{.offset = 0, .id = "a\"b\n", .probability = 0.1 + 0.2, .event_time_us = 1, .note = ""},
                      {.offset = 1, .event_time_us = kDayUs, .charges = 1e300}},
                     2);
  sink->close();
  const Path file = place.folder() / ("day=1970-01-01/churn-0-0" + std::get<2>(GetParam()));
  const bool is_csv = settings.form.format == RolledFormat::csv;
  const auto table =
      (*Tables::open())
          ->read(fmt::format(
              "SELECT customer_id AS id, probability AS p, event_time::VARCHAR AS t, note FROM {}('{}'{})",
              is_csv ? "read_csv" : "read_json", file.string(),
              is_csv ? ", all_varchar = false, allow_quoted_nulls = false" : ""));
  ASSERT_TRUE(table) << table.error().message;
  ASSERT_EQ(table->num_rows(), 1u);
  EXPECT_EQ((*table)["id"].texts[0], "a\"b\n");
  EXPECT_EQ((*table)["p"].numbers[0], 0.1 + 0.2);
  EXPECT_EQ((*table)["t"].texts[0].substr(0, 10), "1970-01-01");
  EXPECT_EQ(closed_files(place.folder()).size(), 2u);
}

TEST_P(TextFiles, HoldTheSameTextWhenAnotherCustomerWasForgotten) {
  RolledSettings settings;
  settings.form.format = std::get<0>(GetParam());
  settings.form.compression = std::get<1>(GetParam());
  const std::vector<TestRow> rows{{.offset = 0, .id = "a\"b\n", .probability = 0.1 + 0.2, .note = ""},
                                  {.offset = 1, .id = "0007", .note = std::nullopt, .charges = 1e300},
                                  {.offset = 2, .id = "c", .note = "1970-01-01"}};
  const auto text_of = [&](bool has_more) {
    const TemporaryFolder folder;
    settings.folder = folder / "scored";
    std::vector<TestRow> all = rows;
    if (has_more) all.push_back({.offset = 3, .id = "gone"});
    auto sink = make_parquet_sink(settings);
    EXPECT_TRUE(sink->open(test_assignment()));
    contract::delivers(*sink, all, 4);
    sink->close();
    if (has_more) {
      const Result<Erasure> erased = forget_in_folder(settings, {"gone", false});
      EXPECT_TRUE(erased) << erased.error().message;
      EXPECT_EQ(erased->parts[0].rows, 1u);
    }
    const Path file = settings.folder / ("day=1970-01-01/churn-0-0" + std::get<2>(GetParam()));
    const auto table =
        (*Tables::open())->read(fmt::format("SELECT content FROM read_text('{}')", file.string()));
    return std::get<1>(GetParam()) == "none" ? table->columns[0].texts.at(0) : lines_in(file);
  };
  EXPECT_EQ(text_of(true), text_of(false));
}

INSTANTIATE_TEST_SUITE_P(ParquetSink, TextFiles,
                         testing::Values(std::tuple{RolledFormat::csv, "none", ".csv"},
                                         std::tuple{RolledFormat::csv, "gzip", ".csv.gz"},
                                         std::tuple{RolledFormat::jsonl, "none", ".jsonl"},
                                         std::tuple{RolledFormat::jsonl, "zstd", ".jsonl.zst"}));

}  // namespace
}  // namespace churnstream
