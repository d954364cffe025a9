// Grows all trees of a forest together, round by round, in Spark's order: each round takes nodes from a
// stack, draws their feature subsets, finds their splits (over threads) and pushes their children. The result
// does not depend on the number of threads. Owns the bags while it works.
//
// Source: org.apache.spark.ml.tree.impl.RandomForest.{runBagged, selectNodesToSplit, findBestSplits}.
#pragma once

#include <cstdint>
#include <functional>
#include <vector>

#include "train/bagging.h"
#include "train/split_search.h"

namespace churnstream {

struct GrownNode {
  std::uint32_t begin = 0, end = 0;    // its rows in the tree's bag
  std::int32_t level = 0;              // the root's is 0
  std::int32_t left = -1, right = -1;  // slots in GrownTree::nodes; -1 for a leaf
  NodeStats stats;                     // impurity -1 where the search found no valid candidate
  double gain = -1;
  std::uint32_t feature = 0;
  std::uint32_t bin = 0;
  std::vector<std::uint16_t> left_categories;
};

struct GrownTree {
  std::vector<GrownNode> nodes;  // the root first
};

// Told, from the calling thread, how many bag entries have found their leaf since it was told last.
using GrowthWatcher = std::function<void(std::size_t rows_settled)>;

// Needs: params.check() passed; features_per_node is between 1 and the number of features.
std::vector<GrownTree> grow_trees(const TrainingSet& set, const std::vector<FeatureBins>& features,
                                  const BinnedRows& bins, std::vector<Bag> bags, const ForestParams& params,
                                  std::uint32_t features_per_node, std::size_t threads,
                                  const GrowthWatcher& watcher = {});

}  // namespace churnstream
