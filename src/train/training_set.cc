#include "train/training_set.h"

#include <fmt/format.h>

#include <cmath>
#include <numeric>

namespace churnstream {
namespace {

constexpr std::size_t kRowsMax = std::size_t{1} << 31;  // bag entries hold a row in 32 bits

Result<void> check_value(const TrainingSet& set, std::size_t row, std::size_t feature) {
  const double value = set.value(row, feature);
  const std::uint32_t arity = set.arities[feature];
  const bool is_finite = std::isfinite(value);
  const bool is_category = arity == 0 || (value >= 0 && value < arity && value == std::floor(value));
  if (is_finite && is_category) return {};
  const std::string place = fmt::format("feature {} of row {}", feature, row);
  if (!is_finite)
    return wrong("training", place, "is missing or infinite",
                 "give the column a value under [prepare] missing");
  return wrong("training", place, fmt::format("is no category: {} with {} categories", value, arity));
}

}  // namespace

Result<TrainingSet> TrainingSet::make(TrainingSet set) {
  const std::size_t num_rows = set.labels.size();
  insist(set.values.size() == num_rows * set.num_features && set.arities.size() == set.num_features,
         "values, arities and labels fit each other");
  insist(set.weights.empty() || set.weights.size() == num_rows, "every row has a weight or none has");
  if (num_rows == 0) return wrong("training", "the training part", "it has no rows");
  if (num_rows >= kRowsMax)
    return wrong("training", "the training part", "it has more than 2,147,483,647 rows");
  if (set.num_features == 0) return wrong("training", "the features", "there is none");
  if (set.num_classes < 2) return wrong("training", "the label", "it has fewer than two classes");
  for (std::size_t row = 0; row < num_rows; ++row) {
    if (set.labels[row] >= set.num_classes)
      return wrong("training", fmt::format("row {}", row), "its label is no class");
    if (!(std::isfinite(set.weight(row)) && set.weight(row) >= 0))
      return wrong("training", fmt::format("row {}", row), "its weight is negative or no number");
    for (std::size_t feature = 0; feature < set.num_features; ++feature)
      CHURNSTREAM_TRY(check_value(set, row, feature));
  }
  return set;
}

double TrainingSet::total_weight() const {
  if (weights.empty()) return static_cast<double>(num_rows());
  return std::accumulate(weights.begin(), weights.end(), 0.0);
}

}  // namespace churnstream
