// What a leaf adds to the votes: its class counts as they are, or each divided by their sum beforehand, as
// the reference divides. Source: org.apache.spark.ml.classification.RandomForestClassificationModel.
#pragma once

#include <vector>

#include "model/forest.h"

namespace churnstream {

// Whether a leaf's counts become shares, and how many trees have a vote: a lone tree answers with its counts.
inline bool votes_with_shares(const Forest& forest) {
  return forest.kind == PredictorKind::random_forest_classifier;
}
inline std::size_t num_voting_trees(const Forest& forest) {
  return votes_with_shares(forest) ? forest.trees.size() : 1;
}

// Appends one number a class; zeros for a leaf without a vote.
inline void append_leaf_shares(const Tree& tree, std::size_t leaf, std::size_t num_classes, bool divides,
                               std::vector<double>& out) {
  const std::span<const double> counts = tree.node_stats(leaf);
  double total = 0;
  for (const double count : counts) total += count;
  for (std::size_t c = 0; c < num_classes; ++c)
    out.push_back(!divides ? counts[c] : total == 0 ? 0.0 : counts[c] / total);
}

}  // namespace churnstream
