#include "sink/batch_slice.h"

#include <gtest/gtest.h>

#include <random>

#include "testing/scored_rows.h"

namespace churnstream {
namespace {

std::string newest_as_text(const ScoredBatch& batch, const BatchSlice& slice) {
  std::string text;
  for (const bool is_newest : newest_in(batch, slice)) text += is_newest ? '1' : '0';
  return text;
}

TEST(BatchSlice, TheNewestOfEachCustomerIsChosen) {
  const ScoredBatch batch = scored_rows({{.offset = 0, .id = "a", .event_time_us = 5},
                                         {.offset = 1, .id = "b", .event_time_us = 7},
                                         {.offset = 2, .id = "a", .event_time_us = 9},
                                         {.offset = 3, .id = "b", .event_time_us = 7},
                                         {.offset = 4, .id = "a", .event_time_us = 6}},
                                        5);
  EXPECT_EQ(newest_as_text(batch, slice_from(batch, Offset{0})), "00110");
  EXPECT_EQ(newest_as_text(batch, slice_from(batch, Offset{3})), "11");
}

TEST(BatchSlice, HalvesShareOutRowsAndTombstones) {
  ScoredBatch batch = scored_rows({{.offset = 1}, {.offset = 3}, {.offset = 5}}, 7);
  batch.tombstones = {{"a", Offset{0}, 0}, {"a", Offset{2}, 0}, {"a", Offset{4}, 0}, {"a", Offset{6}, 0}};
  const auto [left, right] = halves(batch, slice_from(batch, Offset{1}));
  EXPECT_EQ(left.row, 0u);
  EXPECT_EQ(left.row_end, 1u);
  EXPECT_EQ(left.tombstone, 1u);
  EXPECT_EQ(left.tombstone_end, 2u);
  EXPECT_EQ(right.row_end, 3u);
  EXPECT_EQ(right.tombstone, 2u);
  EXPECT_EQ(right.tombstone_end, 4u);
}

// A store of one customer that takes rows and tombstones one by one.
struct OneByOne {
  std::optional<std::pair<EpochMicros, std::int64_t>> stored;
  void row(EpochMicros time, std::int64_t offset) {
    if (!stored || std::pair(time, offset) >= *stored) stored = {time, offset};
  }
  void tombstone(EpochMicros time, std::int64_t offset) {
    if (stored && *stored <= std::pair(time, offset)) stored.reset();
  }
};

TEST(BatchSlice, AllTombstonesFirstAndThenTheNewestRowIsTheSameAsOneByOne) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 5'000; ++round) {
    std::vector<TestRow> rows;
    std::vector<Tombstone> tombstones;
    OneByOne truth;
    if (random() % 2 == 0) truth.stored = {static_cast<EpochMicros>(random() % 6), -1};
    OneByOne ours = truth;
    for (std::int64_t offset = 0; offset < 6; ++offset) {
      const auto time = static_cast<EpochMicros>(random() % 6);
      if (random() % 2 == 0) {
        rows.push_back({.offset = offset, .id = "a", .event_time_us = time});
        truth.row(time, offset);
      } else {
        tombstones.push_back({"a", Offset{offset}, time});
        truth.tombstone(time, offset);
      }
    }
    ScoredBatch batch = scored_rows(rows, 6);
    batch.tombstones = tombstones;
    for (const Tombstone& one : tombstones) ours.tombstone(one.time_us, number_of(one.offset));
    const std::vector<bool> newest = newest_in(batch, slice_from(batch, Offset{0}));
    for (std::size_t row = 0; row < rows.size(); ++row)
      if (newest[row]) ours.row(rows[row].event_time_us, rows[row].offset);
    EXPECT_EQ(ours.stored, truth.stored) << "round " << round;
  }
}

}  // namespace
}  // namespace churnstream
