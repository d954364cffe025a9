// Feature vectors, one row after the other in one run of doubles: what a predictor reads. Row-major because a
// row is scored as a whole. Reused from batch to batch; one thread at a time.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace churnstream {

struct FeatureMatrix {
  std::size_t num_features = 0;
  std::vector<double> values;  // num_rows() x num_features

  std::size_t num_rows() const { return num_features == 0 ? 0 : values.size() / num_features; }
  std::span<const double> row(std::size_t index) const {
    return std::span(values).subspan(index * num_features, num_features);
  }
};

}  // namespace churnstream
