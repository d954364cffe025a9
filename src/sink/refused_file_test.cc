#include "sink/refused_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <nlohmann/json.hpp>

#include "testing/scored_rows.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

RefusedRow refused(std::int64_t offset, std::string raw = "x,y", std::string stage = "decode") {
  RefusedRow row;
  row.stage = std::move(stage);
  row.reason = "3 fields, 21 expected";
  row.raw = std::move(raw);
  row.partition = kTestPartition;
  row.offset = Offset{offset};
  return row;
}

TEST(RefusedFile, ALineSaysWhyWhereAndWhatWithTextOnlyWhereItIsText) {
  const TemporaryFolder folder;
  ManualClock clock(1'000'000);
  const auto file = make_refused_file(folder / "refused.jsonl", clock);
  ASSERT_TRUE(file->open({}));
  ASSERT_TRUE(file->write({refused(3, "a,\"b"), refused(4, "\xFF")}));
  EXPECT_EQ(
      *read_file(folder / "refused.jsonl"),
      R"({"refused_at":"1970-01-01T00:00:01.000000Z","stage":"decode","reason":"3 fields, 21 expected",)"
      R"("key":"","source_topic":"churn","source_partition":0,"source_offset":3,)"
      R"("event_time":"1970-01-01T00:00:00.000000Z","raw_base64":"YSwiYg==","raw":"a,\"b"})"
      "\n"
      R"({"refused_at":"1970-01-01T00:00:01.000000Z","stage":"decode","reason":"3 fields, 21 expected",)"
      R"("key":"","source_topic":"churn","source_partition":0,"source_offset":4,)"
      R"("event_time":"1970-01-01T00:00:00.000000Z","raw_base64":"/w=="})"
      "\n");
}

TEST(RefusedFile, OnlyItsOwnerMayReadIt) {
  const TemporaryFolder folder;
  ASSERT_TRUE(write_file_atomically(folder / "refused.jsonl", ""));  // 0644 from somebody
  ASSERT_TRUE(make_refused_file(folder / "refused.jsonl", system_clock())->open({}));
  struct stat status {};
  ASSERT_EQ(::stat((folder / "refused.jsonl").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600u);
}

TEST(RefusedFile, ARowThatComesAgainInTheSameLifeIsKeptOnce) {
  const TemporaryFolder folder;
  const Path path = folder / "refused.jsonl";
  const auto file = make_refused_file(path, system_clock());
  ASSERT_TRUE(file->open({}));
  const auto lines = [&] {
    const std::string all = *read_file(path);
    return std::count(all.begin(), all.end(), '\n');
  };
  ASSERT_TRUE(file->write({refused(3), refused(5), refused(4, "x,y", "sqlite"), refused(8)}));
  // Another lane reads the partition again from 4; by now 6 is refused, too.
  ASSERT_TRUE(file->write({refused(5), refused(6)}));
  EXPECT_EQ(lines(), 5);
  ASSERT_TRUE(file->write({refused(8), refused(9), refused(4, "x,y", "sqlite")}));
  ASSERT_TRUE(file->write({refused(3), refused(5), refused(6), refused(8), refused(9), refused(10)}));
  EXPECT_EQ(lines(), 7);
  RefusedRow elsewhere = refused(5);
  elsewhere.partition.number = 1;
  ASSERT_TRUE(file->write({elsewhere}));
  EXPECT_EQ(lines(), 8);
}

TEST(RefusedFile, ARowThatComesAgainAfterACrashIsKeptOnceAndATornLineIsCut) {
  const TemporaryFolder folder;
  const Path path = folder / "refused.jsonl";
  ManualClock clock;
  {
    const auto file = make_refused_file(path, clock);
    ASSERT_TRUE(file->open({}));
    ASSERT_TRUE(file->write({refused(3), refused(5)}));
  }
  const std::string whole = *read_file(path);
  ASSERT_TRUE(write_file_atomically(path, whole + R"({"refused_at":"19)"));
  const auto file = make_refused_file(path, clock);
  ASSERT_TRUE(file->open(test_checkpoint(4)));
  EXPECT_EQ(*read_file(path), whole);
  ASSERT_TRUE(file->write({refused(5)}));
  EXPECT_EQ(*read_file(path), whole);
  ASSERT_TRUE(file->write({refused(5, "x,y", "sqlite"), refused(6)}));
  const std::string all = *read_file(path);
  EXPECT_EQ(std::count(all.begin(), all.end(), '\n'), 4);
}

}  // namespace
}  // namespace churnstream
