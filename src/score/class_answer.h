// From a row's votes to its probabilities and its class, in Spark's order of operations: what every scorer
// begins and ends with. Source: org.apache.spark.ml.classification.ProbabilisticClassificationModel.
#pragma once

#include <cstdint>
#include <limits>
#include <span>
#include <vector>

#include "base/result.h"
#include "score/scorer.h"

namespace churnstream {

// What every scorer begins with: no votes yet for each row. Needs: rows.num_features == the forest's.
inline void make_room(const FeatureMatrix& rows, const Forest& forest, Scores& out) {
  insist(rows.values.empty() || rows.num_features == forest.num_features,
         "the feature vectors are as long as the model's");
  out.raw.assign(rows.num_rows() * forest.num_classes, 0.0);
  out.probabilities.resize(out.raw.size());
  out.predictions.resize(rows.num_rows());
}

inline void normalise(std::span<const double> raw, std::span<double> probabilities) {
  double sum = 0;
  for (const double votes : raw) sum += votes;
  for (std::size_t c = 0; c < raw.size(); ++c)
    probabilities[c] = sum > 0 ? raw[c] / sum : std::numeric_limits<double>::quiet_NaN();
}

// Index of the first largest element.
inline std::uint32_t largest(std::span<const double> values) {
  std::uint32_t best = 0;
  for (std::uint32_t c = 1; c < values.size(); ++c)
    if (values[c] > values[best]) best = c;
  return best;
}

// Spark's `thresholds`: the largest p / t. A class with t = 0 and p > 0 wins; 0 / 0 never does.
inline std::uint32_t largest_scaled(std::span<const double> probabilities,
                                    const std::vector<double>& thresholds) {
  std::uint32_t best = 0;
  double best_scaled = -std::numeric_limits<double>::infinity();
  for (std::uint32_t c = 0; c < probabilities.size(); ++c) {
    const double scaled = probabilities[c] / thresholds[c];
    if (scaled > best_scaled) {
      best = c;
      best_scaled = scaled;
    }
  }
  return best;
}

// Fills in the probabilities; the class by Spark's rule. `thresholds` is empty, or one per class.
inline std::uint32_t answer_of(std::span<const double> raw, std::span<double> probabilities,
                               const std::vector<double>& thresholds) {
  normalise(raw, probabilities);
  return thresholds.empty() ? largest(raw) : largest_scaled(probabilities, thresholds);
}

}  // namespace churnstream
