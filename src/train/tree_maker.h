// Turns a grown tree into the model's tree: pruned if asked, numbered in pre-order. The last step of a
// training.
//
// Source: org.apache.spark.ml.tree.LearningNode.toNode.
#pragma once

#include "model/tree.h"
#include "train/grower.h"

namespace churnstream {

// `prune`: two leaves with equal predictions become one with the parent's counts. It never changes the tree's
// class but coarsens its probabilities.
Result<Tree> make_tree(const GrownTree& grown, const TrainingSet& set,
                       const std::vector<FeatureBins>& features, bool prune);

}  // namespace churnstream
