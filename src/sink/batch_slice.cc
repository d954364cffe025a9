#include "sink/batch_slice.h"

#include <algorithm>
#include <string_view>
#include <unordered_map>

namespace churnstream {
namespace {

std::size_t tombstone_at(const ScoredBatch& batch, Offset offset) {
  const auto& all = batch.tombstones;
  const auto there = std::lower_bound(all.begin(), all.end(), offset,
                                      [](const Tombstone& one, Offset first) { return one.offset < first; });
  return static_cast<std::size_t>(there - all.begin());
}

}  // namespace

BatchSlice slice_from(const ScoredBatch& batch, Offset first) {
  const std::vector<Offset>& offsets = batch.rows.extent().offsets;
  const auto row = std::lower_bound(offsets.begin(), offsets.end(), first);
  return {static_cast<std::size_t>(row - offsets.begin()), offsets.size(), tombstone_at(batch, first),
          batch.tombstones.size()};
}

std::pair<BatchSlice, BatchSlice> halves(const ScoredBatch& batch, const BatchSlice& slice) {
  insist(slice.num_rows() >= 2, "there are two rows to part");
  const std::size_t row = slice.row + slice.num_rows() / 2;
  const std::size_t tombstone = tombstone_at(batch, batch.rows.extent().offsets[row]);
  return {{slice.row, row, slice.tombstone, tombstone}, {row, slice.row_end, tombstone, slice.tombstone_end}};
}

std::vector<bool> newest_in(const ScoredBatch& batch, const BatchSlice& slice) {
  const Extent& extent = batch.rows.extent();
  std::unordered_map<std::string_view, std::size_t> newest;
  newest.reserve(slice.num_rows());
  std::size_t tombstone = slice.tombstone;
  const auto take_away_before = [&](bool is_end, Offset offset) {
    for (; tombstone < slice.tombstone_end && (is_end || batch.tombstones[tombstone].offset < offset);
         ++tombstone) {
      const Tombstone& one = batch.tombstones[tombstone];
      const auto there = newest.find(one.key);
      if (there != newest.end() && extent.event_times_us[there->second] <= one.time_us) newest.erase(there);
    }
  };
  for (std::size_t row = slice.row; row < slice.row_end; ++row) {
    take_away_before(false, extent.offsets[row]);
    const auto [there, is_first] = newest.emplace(batch.key(row), row);
    if (!is_first && extent.event_times_us[row] >= extent.event_times_us[there->second]) there->second = row;
  }
  take_away_before(true, Offset{});
  std::vector<bool> is_newest(slice.num_rows());
  for (const auto& [key, row] : newest) is_newest[row - slice.row] = true;
  return is_newest;
}

}  // namespace churnstream
