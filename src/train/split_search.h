// Finds the best split of one node. Owned by one growing thread, whose scratch it holds; what it reads is
// shared and still.
//
// Source: org.apache.spark.ml.tree.impl.RandomForest.{binsToBestSplit, calculateImpurityStats}.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "train/bagging.h"
#include "train/binned_rows.h"
#include "train/candidate_splits.h"
#include "train/forest_params.h"
#include "train/training_set.h"

namespace churnstream {

// Rows of a node, by class and with bag counts and weights, and how mixed they are.
struct NodeStats {
  std::vector<double> counts;
  std::int64_t raw_count = 0;  // with bag counts, without weights
  double impurity = 0;
};

struct FoundSplit {
  bool is_valid = false;  // false: no candidate kept the limits; only `own` counts then
  double gain = 0;
  std::uint32_t feature = 0;
  std::uint32_t bin = 0;                       // continuous: bins up to this one go left
  std::vector<std::uint16_t> left_categories;  // categorical, ascending
  NodeStats own, left, right;
};

class SplitSearch {
 public:
  SplitSearch(const TrainingSet& set, const std::vector<FeatureBins>& features, const BinnedRows& bins,
              const ForestParams& params);

  // `own`: the stats that the parent's split gave this node; null for a root, whose stats are those of the
  // first candidate. Ties go to the earlier feature of `subset` and the earlier candidate, as in Spark.
  FoundSplit best_split(std::span<const BagEntry> rows, std::span<const std::uint32_t> subset,
                        const NodeStats* own);

  NodeStats sum_of_rows(std::span<const BagEntry> rows) const;

 private:
  struct Best {
    bool is_valid = false;
    double gain = 0;
    std::uint32_t feature = 0;
    std::uint32_t split = 0;
    std::vector<std::uint16_t> order;  // of the categories; continuous: empty
    std::vector<double> left, right;
    double left_raw = 0, right_raw = 0;
    double left_impurity = 0, right_impurity = 0;
  };

  bool is_too_small(const NodeStats& own) const;
  template <std::size_t kClasses>
  void search_feature(std::span<const BagEntry> rows, std::uint32_t feature);
  void count_rows(std::span<const BagEntry> rows, std::uint32_t feature);
  void count_rows_of_subsets(std::span<const BagEntry> rows, std::uint32_t feature);
  void order_categories(std::uint32_t num_bins);
  template <std::size_t kClasses>
  void try_prefixes(std::uint32_t feature, std::uint32_t num_splits, bool by_order);
  template <std::size_t kClasses>
  void try_subsets(std::span<const BagEntry> rows, std::uint32_t feature, std::uint32_t num_splits);
  template <std::size_t kClasses>
  void try_candidate(std::uint32_t feature, std::uint32_t split, double left_raw, double right_raw);
  double* cell(std::size_t bin) { return histogram_.data() + bin * stride_; }

  const TrainingSet& set_;
  const std::vector<FeatureBins>& features_;
  const BinnedRows& bins_;
  const ForestParams& params_;
  const std::size_t num_classes_;
  const std::size_t stride_;  // of one bin: the classes, then the raw count
  const double least_weight_;

  std::vector<double> histogram_;
  std::vector<double> left_, right_, total_;  // stride_ long
  std::vector<std::uint16_t> order_;
  std::vector<double> centroids_;
  bool has_own_ = false;
  NodeStats own_;
  Best best_;
};

// Whether a row with this bin goes left, as a table over the bins of the split's feature.
std::vector<std::uint8_t> left_by_bin(const FoundSplit& split, const FeatureBins& feature);

// The categories of subset `split` (0 is the first) of an unordered feature: the one-bits of split + 1.
std::vector<std::uint16_t> categories_of_subset(std::uint32_t split);

}  // namespace churnstream
