// Which row of a batch has an offset: what a store is asked of the rows it refused before. Any thread.
#pragma once

#include <algorithm>
#include <optional>

#include "data/scored_batch.h"

namespace churnstream {

// Nothing where the batch has no such row.
inline std::optional<std::size_t> row_at(const ScoredBatch& batch, Offset offset) {
  const std::vector<Offset>& offsets = batch.rows.extent().offsets;
  const auto there = std::lower_bound(offsets.begin(), offsets.end(), offset);
  if (there == offsets.end() || *there != offset) return std::nullopt;
  return static_cast<std::size_t>(there - offsets.begin());
}

}  // namespace churnstream
