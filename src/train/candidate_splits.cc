#include "train/candidate_splits.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>
#include <unordered_map>

#include "train/generators.h"

namespace churnstream {
namespace {

constexpr double kEpsilon = 0x1.0p-52;
constexpr std::uint64_t kSampleLeast = 10'000;  // Spark's

// Rows that thresholds are found from; `share` is how large a part of all rows they are meant to be.
struct Sample {
  std::vector<std::uint32_t> rows;
  double share = 1;
};

// One seed per partition in order; we have one partition.
XorShift sampling_generator(std::int64_t seed) {
  return XorShift(JavaRandom(XorShift(seed).next_int()).next_long());
}

// A row after another, each with its own draw.
std::vector<std::uint32_t> sample_rows(std::size_t num_rows, double share, XorShift random) {
  std::vector<std::uint32_t> rows;
  for (std::uint32_t row = 0; row < num_rows; ++row)
    if (random.next_double() <= share) rows.push_back(row);
  return rows;
}

// Small shares draw the gap to the next row instead.
std::vector<std::uint32_t> sample_rows_by_gaps(std::size_t num_rows, double share, XorShift random) {
  const double log_of_rest = std::log1p(-share);
  const auto gap = [&] { return std::trunc(std::log(std::max(random.next_double(), 5e-11)) / log_of_rest); };
  std::vector<std::uint32_t> rows;
  for (double row = gap(); row < static_cast<double>(num_rows); row += 1 + gap())
    rows.push_back(static_cast<std::uint32_t>(row));
  return rows;
}

Sample sample_for_splits(std::size_t num_rows, std::uint64_t most_bins, std::int64_t seed) {
  const std::uint64_t needed = std::max(most_bins * most_bins, kSampleLeast);
  Sample sample;
  if (needed >= num_rows) {
    sample.rows.resize(num_rows);
    std::iota(sample.rows.begin(), sample.rows.end(), 0u);
    return sample;
  }
  sample.share = static_cast<double>(needed) / static_cast<double>(num_rows);
  sample.rows = sample.share > 0.4 ? sample_rows(num_rows, sample.share, sampling_generator(seed))
                                   : sample_rows_by_gaps(num_rows, sample.share, sampling_generator(seed));
  return sample;
}

struct ValueWeight {
  double value = 0;
  double weight = 0;
};

// The distinct values of a feature in the sample, ascending. Zeros are not counted but inferred from what is
// missing to `expected`, as Spark does for sparse vectors. Empty when every value is zero.
std::vector<ValueWeight> weights_of_values(const TrainingSet& set, std::size_t feature, const Sample& sample,
                                           double expected) {
  std::unordered_map<double, double> weights;
  std::size_t num_nonzero = 0;
  for (const std::uint32_t row : sample.rows) {
    const double value = set.value(row, feature);
    if (value == 0) continue;
    weights[value] += set.weight(row);
    ++num_nonzero;
  }
  if (num_nonzero == 0) return {};
  std::map<double, double> sorted(weights.begin(), weights.end());
  double found = 0;
  for (const auto& [value, weight] : sorted) found += weight;
  if (expected - found > kEpsilon * static_cast<double>(num_nonzero) * 100) sorted[0.0] = expected - found;
  std::vector<ValueWeight> all;
  for (const auto& [value, weight] : sorted) all.push_back({value, weight});
  return all;
}

// Thresholds that cut the values into runs of about equal weight.
std::vector<double> thresholds_of(const std::vector<ValueWeight>& values, double expected,
                                  std::uint32_t num_bins) {
  std::vector<double> thresholds;
  const bool takes_all = values.size() <= num_bins;
  const double stride = expected / num_bins;
  double target = stride;
  double current = values.empty() ? 0 : values[0].weight;
  for (std::size_t i = 1; i < values.size(); ++i) {
    const double previous = current;
    current += values[i].weight;
    const bool is_nearest = std::abs(previous - target) < std::abs(current - target);
    if (!takes_all && !is_nearest) continue;
    thresholds.push_back((values[i - 1].value + values[i].value) / 2.0);
    target += stride;
  }
  return thresholds;
}

// Up to this many categories all subsets are tried when there are more than two classes.
std::uint32_t unordered_arity_most(std::uint32_t most_bins) {
  return static_cast<std::uint32_t>(std::floor(std::log(most_bins / 2 + 1) / std::log(2.0) + 1));
}

FeatureBins bins_of_categories(std::uint32_t arity, std::uint32_t most_bins, std::size_t num_classes) {
  if (arity == 1) return {FeatureKind::ordered, most_bins, most_bins - 1, {}};  // as in Spark: never valid
  if (num_classes > 2 && arity <= unordered_arity_most(most_bins)) {
    const std::uint32_t num_subsets = (1u << (arity - 1)) - 1;
    return {FeatureKind::unordered, num_subsets, num_subsets, {}};
  }
  return {FeatureKind::ordered, arity, arity - 1, {}};
}

}  // namespace

Result<std::vector<FeatureBins>> find_candidate_splits(const TrainingSet& set, const ForestParams& params) {
  const auto most_bins = static_cast<std::uint32_t>(
      std::min(static_cast<std::uint64_t>(params.max_bins), static_cast<std::uint64_t>(set.num_rows())));
  std::vector<FeatureBins> features(set.num_features);
  std::uint32_t widest = 0;
  for (std::size_t f = 0; f < set.num_features; ++f) {
    const std::uint32_t arity = set.arities[f];
    if (arity > most_bins)
      return wrong(
          "training with", "maxBins",
          fmt::format("feature {} has {} categories, but only {} bins are allowed", f, arity, most_bins),
          "raise maxBins, or give more rows");
    features[f] = arity == 0 ? FeatureBins{FeatureKind::continuous, most_bins, 0, {}}
                             : bins_of_categories(arity, most_bins, set.num_classes);
    widest = std::max(widest, features[f].num_bins);
  }
  const Sample sample = sample_for_splits(set.num_rows(), widest, params.seed);
  const double expected = sample.share * set.total_weight();
  for (std::size_t f = 0; f < set.num_features; ++f) {
    FeatureBins& feature = features[f];
    if (feature.kind != FeatureKind::continuous) continue;
    feature.thresholds = thresholds_of(weights_of_values(set, f, sample, expected), expected, most_bins);
    feature.num_splits = static_cast<std::uint32_t>(feature.thresholds.size());
    feature.num_bins = feature.num_splits + 1;
  }
  return features;
}

}  // namespace churnstream
