// The training rows as bins, feature by feature: what growing reads instead of doubles. Made once, then
// still; many threads read it.
#pragma once

#include <cstdint>
#include <vector>

#include "train/candidate_splits.h"
#include "train/training_set.h"

namespace churnstream {

// A continuous value's bin is the number of thresholds below it, so a value equal to a threshold goes left; a
// category is its own bin.
class BinnedRows {
 public:
  BinnedRows(const TrainingSet& set, const std::vector<FeatureBins>& features);

  // The bins of all rows of one feature.
  const std::uint16_t* bins(std::size_t feature) const { return bins_.data() + feature * num_rows_; }

 private:
  std::size_t num_rows_;
  std::vector<std::uint16_t> bins_;
};

}  // namespace churnstream
