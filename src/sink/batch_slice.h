// Stretches of a batch, and which of its rows count for the newest score of a customer: for stores that write
// many rows in one statement. Plain values; any thread.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

#include "data/scored_batch.h"

namespace churnstream {

// Rows [row, row_end) of a batch with the tombstones among them.
struct BatchSlice {
  std::size_t row = 0, row_end = 0;
  std::size_t tombstone = 0, tombstone_end = 0;

  std::size_t num_rows() const { return row_end - row; }
};
// What lies at `first` and behind it.
BatchSlice slice_from(const ScoredBatch& batch, Offset first);
// In two, before a row in the middle. Needs: two rows or more.
std::pair<BatchSlice, BatchSlice> halves(const ScoredBatch& batch, const BatchSlice& slice);

// For each row of the slice whether it is its customer's newest one, tombstones in between counted: no row
// before it is newer (>= in event time, then position) and no tombstone behind it takes it away.
std::vector<bool> newest_in(const ScoredBatch& batch, const BatchSlice& slice);

}  // namespace churnstream
