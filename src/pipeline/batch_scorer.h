// The part of a lane between decoding and the sinks: features and scores of one batch. Made once per lane and
// used by it alone.
#pragma once

#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "data/scored_batch.h"

namespace churnstream {

// Told of a row that leaves the batch: its index while it is still in, and why, in one sentence.
using RowLeaves = std::function<void(std::size_t row, std::string reason)>;

class BatchScorer {
 public:
  virtual ~BatchScorer() = default;

  // Fills raw, probabilities and predictions of batch.rows. Rows that cannot be scored are told of,
  // ascending, and then leave batch.rows. An error means the model cannot read such rows at all: the run
  // stops.
  virtual Result<void> score(ScoredBatch& batch, const RowLeaves& leaves) = 0;
};

}  // namespace churnstream
