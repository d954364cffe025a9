// A decision tree as plain arrays: node i is slot i of every array, ids are pre-order as Spark numbers them.
// Made whole and checked by make(), then still. Doubles throughout: float thresholds flip rows.
//
// Source: org.apache.spark.ml.tree.{Node, Split}, DecisionTreeModelReadWrite.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace churnstream {

// A split of one node. Continuous: left iff x <= threshold (NaN goes right). Categorical: `left_categories`
// as Spark stores them, every category of the left side, ascending; what Spark does with values outside is in
// goes_left().
struct Split {
  std::int32_t num_categories = -1;     // -1: continuous
  double threshold = 0;                 // continuous only
  std::vector<double> left_categories;  // categorical only
  bool operator==(const Split&) const = default;

  bool is_continuous() const { return num_categories < 0; }

  // Spark keeps the smaller side: a value that is no category (unseen, fractional, NaN) goes to the larger
  // one.
  bool goes_left(double value) const;
};

struct Tree {
  std::vector<std::int32_t> feature;      // -1 for a leaf
  std::vector<std::int32_t> left, right;  // -1 for a leaf
  std::vector<Split> split;
  std::vector<double> stats;  // num_nodes x num_stats: weighted class counts (regression: w, wy, wyy)
  std::vector<std::int64_t> raw_count;  // unweighted rows; -1 where a file of before Spark 3 does not say
  std::vector<double> prediction;       // class index, or the mean
  std::vector<double> impurity, gain;   // gain -1 for a leaf; impurity -1 marks a leaf without a valid split
  std::size_t num_stats = 0;
  bool operator==(const Tree&) const = default;

  // Checks everything: equal lengths, ids in pre-order with each child behind its parent and used once,
  // features below num_features, thresholds no NaN, categories inside their arity, counts finite. The message
  // names the node.
  static Result<Tree> make(Tree tree, std::size_t num_features);

  std::size_t num_nodes() const { return feature.size(); }
  bool is_leaf(std::size_t node) const { return left[node] < 0; }
  std::span<const double> node_stats(std::size_t node) const {
    return std::span(stats).subspan(node * num_stats, num_stats);
  }
  std::size_t depth() const;

  // The leaf that a feature vector ends in. Needs: features.size() >= num_features given to make().
  std::size_t leaf_of(std::span<const double> features) const;
};

}  // namespace churnstream
