#include "source/source_range.h"

#include <gtest/gtest.h>

#include "testing/fake_source.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

// "3 4 | 5": the offsets of each batch.
std::string read_all(Source& source) {
  std::string text;
  RawBatch batch;
  for (int reads = 0; reads < 100; ++reads) {
    const Result<ReadOutcome> outcome = source.read(0ms, batch);
    EXPECT_TRUE(outcome);
    if (*outcome == ReadOutcome::finished) return text;
    if (!text.empty()) text += " |";
    for (const RawRecord& record : batch.records)
      text += (text.empty() ? "" : " ") + std::to_string(number_of(record.offset));
    EXPECT_EQ(number_of(batch.next), number_of(batch.records.back().offset) + 1);
  }
  return text + " and no end";
}

std::string offsets(std::int64_t begin, std::int64_t end) {
  auto source = std::make_unique<FakeSource>("file", std::vector<std::string>(8, "row"));
  source->batch_rows = 2;
  const auto range = make_file_range(std::move(source), {{{"file", 0}, {begin, end}}});
  EXPECT_TRUE(range->open({}));
  return read_all(*range);
}

TEST(SourceRange, ReadsFromItsBeginToBeforeItsEnd) {
  EXPECT_EQ(offsets(3, 6), "3 4 | 5");
  EXPECT_EQ(offsets(2, 4), "2 3");
  EXPECT_EQ(offsets(0, 1), "0");
  EXPECT_EQ(offsets(6, 100), "6 7");
  EXPECT_EQ(offsets(5, 5), "");
}

TEST(SourcePlace, IsAWordATimeOrOffsets) {
  EXPECT_EQ(source_place_of("earliest")->at, SourcePlace::At::earliest);
  EXPECT_EQ(source_place_of("latest")->at, SourcePlace::At::latest);
  EXPECT_EQ(source_place_of("1970-01-01T00:00:01Z")->time_us, 1'000'000);
  EXPECT_EQ(source_place_of("0:15,3:20")->offsets, (std::map<std::int32_t, std::int64_t>{{0, 15}, {3, 20}}));
  for (const char* text : {"", "committed", "15", "0:", ":1", "0:1,", "0:1,0:2", "-1:3", "0:-1", "0:1 ", "x"})
    EXPECT_FALSE(source_place_of(text)) << text;
}

}  // namespace
}  // namespace churnstream
