#include "source/file_source.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "config/config_file.h"
#include "testing/fake_source.h"
#include "testing/source_contract.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

class FileSourceTest : public testing::Test {
 protected:
  void write(std::string_view bytes) { std::ofstream(path, std::ios::binary) << bytes; }
  void append(std::string_view bytes) { std::ofstream(path, std::ios::binary | std::ios::app) << bytes; }
  std::unique_ptr<Source> source(FileSourceSettings settings = {}) {
    settings.path = path;
    return make_file_source(std::move(settings), clock);
  }
  // What one read brings: "0:id 1:a", or "nothing yet", "finished", or the error.
  std::string read(Source& from, std::chrono::milliseconds patience = 0ms) {
    const auto outcome = from.read(patience, batch);
    if (!outcome) return outcome.error().message;
    if (*outcome == ReadOutcome::finished) return "finished";
    std::string shown = *outcome == ReadOutcome::rows ? "" : "nothing yet";
    for (const RawRecord& record : batch.records)
      shown += (shown.empty() ? "" : " ") + std::to_string(number_of(record.offset)) + ":" +
               std::string(record.bytes);
    return shown;
  }
  Checkpoint checkpoint(Source& from) {
    Checkpoint made;
    made.next[batch.partition] = batch.next;
    made.identity = from.identity();
    return made;
  }

  TemporaryFolder folder;
  Path path = folder.path() / "rows.csv";
  ManualClock clock;
  RawBatch batch;
};

TEST_F(FileSourceTest, KeepsTheContractOfASource) {
  write("id,n\r\na,1\n\n\"b\nb\",2\nc,3\nd,4");
  source_contract({.make = [&] { return source({.batch_rows = 2}); }, .records = 6});
  source_contract({.make = [&] { return source({.rate = 100, .batch_rows = 2}); }, .records = 6});
}

TEST_F(FileSourceTest, TheFakeKeepsTheContractToo) {
  source_contract(
      {.make =
           [] {
             auto fake = std::make_unique<FakeSource>("t", std::vector<std::string>{"h", "a", "b"});
             fake->batch_rows = 2;
             return fake;
           },
       .records = 3});
}

TEST_F(FileSourceTest, OffsetsCountPhysicalRecordsAndTimesFollowThem) {
  write("id\na\n\nb\n");
  const auto from = source({.topic = "rows.csv", .start_time_us = 1'000});
  ASSERT_TRUE(from->open({}));
  EXPECT_EQ(read(*from), "0:id 1:a 2: 3:b");
  EXPECT_EQ(batch.partition, (Partition{"rows.csv", 0}));
  EXPECT_EQ(batch.records[3].time_us, 1'003);
  EXPECT_EQ(batch.next, Offset{4});
  EXPECT_EQ(read(*from), "finished");
}

TEST_F(FileSourceTest, ResumedInTheMiddleItBringsTheFirstRecordAlongOnce) {
  write("id,n\na,1\nb,2\nc,3\n");
  const auto from = source({.batch_rows = 2});
  ASSERT_TRUE(from->open({}));
  EXPECT_EQ(read(*from), "0:id,n 1:a,1");
  EXPECT_EQ(batch.first_record, "");
  const auto again = source({.batch_rows = 1});
  ASSERT_TRUE(again->open(checkpoint(*from)));
  EXPECT_EQ(read(*again), "2:b,2");
  EXPECT_EQ(batch.first_record, "id,n");
  EXPECT_EQ(read(*again), "3:c,3");
  EXPECT_EQ(batch.first_record, "");
}

TEST_F(FileSourceTest, AMissingFileIsTroubleThatMayPassAndAFolderIsWrong) {
  const auto from = source();
  const auto opened = from->open({});
  ASSERT_FALSE(opened);
  EXPECT_EQ(opened.error().kind, ErrorKind::trouble);
  EXPECT_THAT(opened.error().message, HasSubstr("rows.csv"));
  std::filesystem::create_directory(path);
  EXPECT_EQ(from->open({}).error().kind, ErrorKind::wrong);
  std::filesystem::remove(path);
  write("a\n");
  EXPECT_TRUE(from->open({}));
}

TEST_F(FileSourceTest, AGrownFileIsTheSameAndGoesOnWhereItWas) {
  write("id\na\n");
  const auto from = source();
  ASSERT_TRUE(from->open({}));
  EXPECT_EQ(read(*from), "0:id 1:a");
  const Checkpoint before = checkpoint(*from);
  append("b\n");
  ASSERT_TRUE(from->open(before)) << "the hash is over the bytes there were";
  EXPECT_EQ(read(*from), "2:b");
}

TEST_F(FileSourceTest, AShorterOrAnotherFileStopsWithAClearError) {
  write("id\na\nb\n");
  const auto from = source();
  ASSERT_TRUE(from->open({}));
  read(*from);
  Checkpoint before = checkpoint(*from);
  write("id\nx\nb\n");
  EXPECT_THAT(from->open(before).error().message, HasSubstr("another file"));
  before.identity.clear();
  write("id\n");
  const auto shorter = from->open(before);
  ASSERT_FALSE(shorter);
  EXPECT_EQ(shorter.error().kind, ErrorKind::wrong);
  EXPECT_THAT(shorter.error().message, HasSubstr("shorter than what was read"));
}

TEST_F(FileSourceTest, AFollowedFileIsReadAsItGrowsLineByLine) {
  write("id\na");
  const auto from = source({.follow = true});
  ASSERT_TRUE(from->open({}));
  EXPECT_EQ(read(*from), "0:id");
  EXPECT_EQ(read(*from, 100ms), "nothing yet") << "the last line has no end yet";
  append("b\nc\n");
  EXPECT_EQ(read(*from), "1:ab 2:c");
  EXPECT_EQ(read(*from), "nothing yet");
}

TEST_F(FileSourceTest, AFollowedFileThatIsCutOrReplacedStops) {
  write("id\na\n");
  const auto from = source({.follow = true});
  ASSERT_TRUE(from->open({}));
  read(*from);
  std::filesystem::resize_file(path, 2);
  EXPECT_THAT(read(*from), HasSubstr("shorter"));
  EXPECT_TRUE(batch.records.empty());
  write("id\na\n");
  ASSERT_TRUE(from->open({}));
  read(*from);
  const Path other = folder.path() / "other.csv";
  std::ofstream(other) << "id\nz\ny\n";
  std::filesystem::rename(other, path);
  EXPECT_THAT(read(*from), HasSubstr("another file took its name"));
}

TEST_F(FileSourceTest, APacedFileBringsEachRowWhenItIsDue) {
  write("a\nb\nc\nd\ne\nf\n");
  const auto from = source({.rate = 10});
  ASSERT_TRUE(from->open({}));
  EXPECT_EQ(read(*from), "0:a");
  EXPECT_EQ(read(*from), "nothing yet");
  clock.advance(99ms);
  EXPECT_EQ(read(*from), "nothing yet");
  clock.advance(1ms);
  EXPECT_EQ(read(*from), "1:b");
  clock.advance(250ms);
  EXPECT_EQ(read(*from), "2:c 3:d") << "who falls behind catches up";
  EXPECT_EQ(read(*from, 1s), "4:e") << "a patient reader sleeps until the row is due and no longer";
  EXPECT_EQ(clock.now_us(), 400'000);
  EXPECT_EQ(read(*from, 30ms), "nothing yet");
  EXPECT_EQ(clock.now_us(), 430'000) << "patience is never overdrawn";
}

TEST_F(FileSourceTest, ALongPacedRunNeitherDriftsNorBursts) {
  std::string rows;
  for (int row = 0; row < 3'000; ++row) rows += "x\n";
  write(rows);
  const auto from = source({.rate = 70});
  ASSERT_TRUE(from->open({}));
  for (int row = 0; row < 3'000; ++row) {
    ASSERT_EQ(from->read(1s, batch), ReadOutcome::rows);
    ASSERT_EQ(batch.records.size(), 1u) << row;
    ASSERT_NEAR(static_cast<double>(clock.now_us()), row / 70.0 * 1e6, 2) << row;
  }
}

TEST_F(FileSourceTest, TheConfigNamesThePartitionAsItIsWritten) {
  write("id\na\n");
  const auto file = ConfigFile::parse(
      "[source]\ntype = \"file\"\npath = \"rows.csv\"\nstart_time = \"2026-01-01T00:00:00Z\"\n", "p.toml",
      folder.path());
  const auto config = file->read("source", file_source_options(), "type");
  ASSERT_TRUE(config) << config.error().message;
  const auto from = make_file_source(*config, clock);
  ASSERT_TRUE(from);
  ASSERT_TRUE((*from)->open({}));
  EXPECT_EQ(read(**from), "0:id 1:a");
  EXPECT_EQ(batch.partition.topic, "rows.csv");
  EXPECT_EQ(rfc3339(batch.records[1].time_us), "2026-01-01T00:00:00.000001Z");
}

TEST_F(FileSourceTest, UnderLinesALineIsARecordEvenWithAQuoteLeftOpen) {
  write("{\"a\n\"b\nc\n");
  const auto file = ConfigFile::parse("[source]\npath = \"rows.csv\"\n", "p.toml", folder.path());
  Config config = *file->read("source", file_source_options());
  config.set("framing", std::string("lines"));
  const auto from = *make_file_source(config, clock);
  ASSERT_TRUE(from->open({}));
  EXPECT_EQ(read(*from), "0:{\"a 1:\"b 2:c");
}

TEST_F(FileSourceTest, AStartTimeThatIsNoneIsPointedAt) {
  const auto file = ConfigFile::parse("[source]\npath = \"x\"\nstart_time = \"yesterday\"\n", "p.toml", ".");
  const auto made = make_file_source(*file->read("source", file_source_options()), clock);
  ASSERT_FALSE(made);
  EXPECT_THAT(made.error().message, HasSubstr("p.toml:3"));
}

}  // namespace
}  // namespace churnstream
