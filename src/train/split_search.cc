#include "train/split_search.h"

#include <algorithm>
#include <bit>
#include <limits>
#include <numeric>

#include "train/impurity.h"

namespace churnstream {

SplitSearch::SplitSearch(const TrainingSet& set, const std::vector<FeatureBins>& features,
                         const BinnedRows& bins, const ForestParams& params)
    : set_(set),
      features_(features),
      bins_(bins),
      params_(params),
      num_classes_(set.num_classes),
      stride_(set.num_classes + 1),
      least_weight_(params.min_weight_fraction_per_node * set.total_weight()),
      left_(stride_),
      right_(stride_),
      total_(stride_) {}

FoundSplit SplitSearch::best_split(std::span<const BagEntry> rows, std::span<const std::uint32_t> subset,
                                   const NodeStats* own) {
  if (own != nullptr && is_too_small(*own)) return {.own = *own};
  has_own_ = own != nullptr;
  if (own != nullptr) own_ = *own;
  best_ = {};
  bool has_candidates = false;
  for (const std::uint32_t feature : subset) {
    if (features_[feature].num_splits == 0) continue;
    has_candidates = true;
    if (num_classes_ == 2) {
      search_feature<2>(rows, feature);
    } else {
      search_feature<0>(rows, feature);
    }
  }
  FoundSplit found;
  found.own = has_candidates ? own_ : sum_of_rows(rows);
  if (!best_.is_valid) return found;
  found.is_valid = true;
  found.gain = best_.gain;
  found.feature = best_.feature;
  found.bin = best_.split;
  if (features_[best_.feature].kind == FeatureKind::unordered)
    found.left_categories = categories_of_subset(best_.split);
  if (features_[best_.feature].kind == FeatureKind::ordered)
    found.left_categories.assign(best_.order.begin(), best_.order.begin() + best_.split + 1);
  std::sort(found.left_categories.begin(), found.left_categories.end());
  found.left = {{best_.left.begin(), best_.left.begin() + static_cast<std::ptrdiff_t>(num_classes_)},
                static_cast<std::int64_t>(best_.left_raw),
                best_.left_impurity};
  found.right = {{best_.right.begin(), best_.right.begin() + static_cast<std::ptrdiff_t>(num_classes_)},
                 static_cast<std::int64_t>(best_.right_raw),
                 best_.right_impurity};
  return found;
}

// Then every candidate would break minInstancesPerNode, so none needs a look. With weights Spark may still
// change the stats' last bits, so there the search runs.
bool SplitSearch::is_too_small(const NodeStats& own) const {
  return set_.weights.empty() && own.raw_count < 2 * params_.min_instances_per_node;
}

NodeStats SplitSearch::sum_of_rows(std::span<const BagEntry> rows) const {
  NodeStats stats;
  stats.counts.resize(num_classes_);
  for (const BagEntry& entry : rows) {
    stats.counts[entry.label] += entry.count * set_.weight(entry.row);
    stats.raw_count += entry.count;
  }
  const double total = sum_of(stats.counts.data(), num_classes_);
  stats.impurity = impurity_of(params_.impurity, stats.counts.data(), num_classes_, total);
  return stats;
}

template <std::size_t kClasses>
void SplitSearch::search_feature(std::span<const BagEntry> rows, std::uint32_t feature) {
  const FeatureBins& bins = features_[feature];
  if (bins.kind == FeatureKind::unordered) {
    count_rows_of_subsets(rows, feature);
    return try_subsets<kClasses>(rows, feature, bins.num_splits);
  }
  count_rows(rows, feature);
  if (bins.kind == FeatureKind::ordered) order_categories(bins.num_bins);
  try_prefixes<kClasses>(feature, bins.num_splits, bins.kind == FeatureKind::ordered);
}

// Without weights the raw count is the sum of the classes, so it is not counted row by row.
void SplitSearch::count_rows(std::span<const BagEntry> rows, std::uint32_t feature) {
  const std::size_t num_bins = features_[feature].num_bins;
  histogram_.assign(num_bins * stride_, 0.0);
  const std::uint16_t* bins = bins_.bins(feature);
  double* histogram = histogram_.data();
  if (set_.weights.empty()) {
    for (const BagEntry& entry : rows) histogram[bins[entry.row] * stride_ + entry.label] += entry.count;
    for (std::size_t bin = 0; bin < num_bins; ++bin)
      cell(bin)[num_classes_] = sum_of(cell(bin), num_classes_);
    return;
  }
  for (const BagEntry& entry : rows) {
    double* bin = cell(bins[entry.row]);
    bin[entry.label] += entry.count * set_.weights[entry.row];
    bin[num_classes_] += entry.count;
  }
}

// One cell per subset: a row is added, in row order, to every subset that holds its category.
void SplitSearch::count_rows_of_subsets(std::span<const BagEntry> rows, std::uint32_t feature) {
  const std::uint32_t num_splits = features_[feature].num_splits;
  histogram_.assign(num_splits * stride_, 0.0);
  const std::uint16_t* bins = bins_.bins(feature);
  for (const BagEntry& entry : rows) {
    const double weight = entry.count * set_.weight(entry.row);
    for (std::uint32_t split = 0; split < num_splits; ++split) {
      if (((split + 1) >> bins[entry.row] & 1u) == 0) continue;
      cell(split)[entry.label] += weight;
      cell(split)[num_classes_] += entry.count;
    }
  }
}

// With two classes by the weight of class 1 in the category (its count, not its rate), with more by impurity;
// empty categories last.
void SplitSearch::order_categories(std::uint32_t num_bins) {
  centroids_.resize(num_bins);
  order_.resize(num_bins);
  std::iota(order_.begin(), order_.end(), std::uint16_t{0});
  for (std::uint32_t bin = 0; bin < num_bins; ++bin) {
    const double total = sum_of(cell(bin), num_classes_);
    centroids_[bin] = total == 0          ? std::numeric_limits<double>::max()
                      : num_classes_ == 2 ? cell(bin)[1]
                                          : impurity_of(params_.impurity, cell(bin), num_classes_, total);
  }
  std::stable_sort(order_.begin(), order_.end(),
                   [&](std::uint16_t a, std::uint16_t b) { return centroids_[a] < centroids_[b]; });
}

// Left is a prefix of the bins, or of the ordered categories.
template <std::size_t kClasses>
void SplitSearch::try_prefixes(std::uint32_t feature, std::uint32_t num_splits, bool by_order) {
  const std::size_t stride = kClasses == 0 ? stride_ : kClasses + 1;
  const auto bin_of = [&](std::uint32_t position) { return by_order ? order_[position] : position; };
  const std::uint32_t num_bins = features_[feature].num_bins;
  total_.assign(cell(bin_of(0)), cell(bin_of(0)) + stride);
  for (std::uint32_t position = 1; position < num_bins; ++position)
    for (std::size_t i = 0; i < stride; ++i) total_[i] += cell(bin_of(position))[i];
  std::fill(left_.begin(), left_.end(), 0.0);
  for (std::uint32_t split = 0; split < num_splits; ++split) {
    const double* bin = cell(bin_of(split));
    // Rows without any in this bin are divided as before: no better than the candidate before it.
    if (bin[stride - 1] == 0 && has_own_) continue;
    for (std::size_t i = 0; i < stride; ++i) left_[i] += bin[i];
    for (std::size_t i = 0; i < stride; ++i) right_[i] = total_[i] - left_[i];
    try_candidate<kClasses>(feature, split, left_[stride - 1], right_[stride - 1]);
  }
}

template <std::size_t kClasses>
void SplitSearch::try_subsets(std::span<const BagEntry> rows, std::uint32_t feature,
                              std::uint32_t num_splits) {
  const NodeStats sum = sum_of_rows(rows);
  for (std::uint32_t split = 0; split < num_splits; ++split) {
    std::copy_n(cell(split), stride_, left_.begin());
    for (std::size_t c = 0; c < num_classes_; ++c) right_[c] = sum.counts[c] - left_[c];
    try_candidate<kClasses>(feature, split, left_[num_classes_],
                            static_cast<double>(sum.raw_count) - left_[num_classes_]);
  }
}

template <std::size_t kClasses>
void SplitSearch::try_candidate(std::uint32_t feature, std::uint32_t split, double left_raw,
                                double right_raw) {
  const std::size_t classes = kClasses == 0 ? num_classes_ : kClasses;
  if (!has_own_) {
    own_.counts.resize(classes);
    for (std::size_t c = 0; c < classes; ++c) own_.counts[c] = left_[c] + right_[c];
    own_.raw_count = static_cast<std::int64_t>(left_raw + right_raw);
    own_.impurity =
        impurity_of(params_.impurity, own_.counts.data(), classes, sum_of(own_.counts.data(), classes));
    has_own_ = true;
  }
  const auto least_rows = static_cast<double>(params_.min_instances_per_node);
  if (left_raw < least_rows || right_raw < least_rows) return;
  const double left_weight = sum_of(left_.data(), classes);
  const double right_weight = sum_of(right_.data(), classes);
  if (left_weight < least_weight_ || right_weight < least_weight_) return;
  const double left_impurity = impurity_of(params_.impurity, left_.data(), classes, left_weight);
  const double right_impurity = impurity_of(params_.impurity, right_.data(), classes, right_weight);
  const double total = left_weight + right_weight;
  const double gain =
      own_.impurity - left_weight / total * left_impurity - right_weight / total * right_impurity;
  if (gain < params_.min_info_gain) return;
  if (best_.is_valid && !(gain > best_.gain)) return;
  if (!best_.is_valid || best_.feature != feature) best_.order = order_;
  best_.is_valid = true;
  best_.gain = gain;
  best_.feature = feature;
  best_.split = split;
  best_.left = left_;
  best_.right = right_;
  best_.left_raw = left_raw;
  best_.right_raw = right_raw;
  best_.left_impurity = left_impurity;
  best_.right_impurity = right_impurity;
}

std::vector<std::uint8_t> left_by_bin(const FoundSplit& split, const FeatureBins& feature) {
  if (feature.kind == FeatureKind::continuous) {
    std::vector<std::uint8_t> left(feature.num_bins, 0);
    std::fill_n(left.begin(), split.bin + 1, std::uint8_t{1});
    return left;
  }
  std::vector<std::uint8_t> left(std::max<std::size_t>(feature.num_bins, 64), 0);
  for (const std::uint16_t category : split.left_categories) left[category] = 1;
  return left;
}

std::vector<std::uint16_t> categories_of_subset(std::uint32_t split) {
  std::vector<std::uint16_t> categories;
  for (std::uint32_t bits = split + 1; bits != 0; bits &= bits - 1)
    categories.push_back(static_cast<std::uint16_t>(std::countr_zero(bits)));
  return categories;
}

}  // namespace churnstream
