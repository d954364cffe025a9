#include "train/binned_rows.h"

#include <algorithm>

namespace churnstream {

BinnedRows::BinnedRows(const TrainingSet& set, const std::vector<FeatureBins>& features)
    : num_rows_(set.num_rows()), bins_(set.num_rows() * set.num_features) {
  for (std::size_t f = 0; f < set.num_features; ++f) {
    const std::vector<double>& thresholds = features[f].thresholds;
    std::uint16_t* bins = bins_.data() + f * num_rows_;
    for (std::size_t row = 0; row < num_rows_; ++row) {
      const double value = set.value(row, f);
      bins[row] =
          features[f].kind == FeatureKind::continuous
              ? static_cast<std::uint16_t>(std::lower_bound(thresholds.begin(), thresholds.end(), value) -
                                           thresholds.begin())
              : static_cast<std::uint16_t>(value);
    }
  }
}

}  // namespace churnstream
