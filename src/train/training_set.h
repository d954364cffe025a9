// What a training reads: feature vectors, their types and the labels. Made whole by make(), which checks what
// Spark checks, then still; many threads may read it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/result.h"

namespace churnstream {

struct TrainingSet {
  std::size_t num_features = 0;
  std::vector<double> values;          // num_rows() x num_features, row after row
  std::vector<std::uint32_t> arities;  // by feature: 0 is continuous, otherwise the number of categories
  std::vector<std::uint32_t> labels;   // class indices
  std::vector<double> weights;         // of the rows; empty: all 1
  std::size_t num_classes = 0;

  // Wrong when a value is NaN or infinite, a category is no whole number below its arity, a label is no
  // class, a weight is negative, or there is no row.
  static Result<TrainingSet> make(TrainingSet set);

  std::size_t num_rows() const { return labels.size(); }
  double value(std::size_t row, std::size_t feature) const { return values[row * num_features + feature]; }
  double weight(std::size_t row) const { return weights.empty() ? 1.0 : weights[row]; }
  double total_weight() const;
};

}  // namespace churnstream
