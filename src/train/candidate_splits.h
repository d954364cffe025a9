// Where each feature may be split: thresholds of continuous features, bins of categorical ones. Computed once
// for all trees, before any growing; then still.
//
// Source: org.apache.spark.ml.tree.impl.{RandomForest.findSplits, DecisionTreeMetadata}.
#pragma once

#include <cstdint>
#include <vector>

#include "base/result.h"
#include "train/forest_params.h"
#include "train/training_set.h"

namespace churnstream {

enum class FeatureKind : std::uint8_t {
  continuous,
  ordered,    // categories sorted anew in each node, split as a prefix
  unordered,  // every subset of few categories is tried: more than two classes only
};

struct FeatureBins {
  FeatureKind kind = FeatureKind::continuous;
  std::uint32_t num_bins = 0;
  std::uint32_t num_splits = 0;    // 0: the feature cannot be split
  std::vector<double> thresholds;  // ascending; continuous only
};

// Wrong when a feature has more categories than bins are allowed: min(maxBins, rows).
Result<std::vector<FeatureBins>> find_candidate_splits(const TrainingSet& set, const ForestParams& params);

}  // namespace churnstream
