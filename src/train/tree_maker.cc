#include "train/tree_maker.h"

#include "train/impurity.h"

namespace churnstream {
namespace {

class TreeMaker {
 public:
  TreeMaker(const GrownTree& grown, const TrainingSet& set, const std::vector<FeatureBins>& features,
            bool prune)
      : grown_(grown), set_(set), features_(features), is_leaf_(grown.nodes.size()) {
    mark_leaves(0, prune);
  }

  Tree make() {
    tree_.num_stats = set_.num_classes;
    add(0);
    return std::move(tree_);
  }

 private:
  // Bottom up; a node whose children are leaves that predict alike is one itself. Depth is at most 30.
  void mark_leaves(std::size_t slot, bool prune) {
    const GrownNode& node = grown_.nodes[slot];
    is_leaf_[slot] = node.left < 0;
    if (node.left < 0) return;
    const auto left = static_cast<std::size_t>(node.left), right = static_cast<std::size_t>(node.right);
    mark_leaves(left, prune);
    mark_leaves(right, prune);
    is_leaf_[slot] = prune && is_leaf_[left] && is_leaf_[right] && prediction(left) == prediction(right);
  }

  double prediction(std::size_t slot) const {
    return static_cast<double>(class_of(grown_.nodes[slot].stats.counts.data(), set_.num_classes));
  }

  std::int32_t add(std::size_t slot) {
    const GrownNode& node = grown_.nodes[slot];
    const std::size_t id = tree_.num_nodes();
    const bool is_leaf = is_leaf_[slot];
    tree_.feature.push_back(is_leaf ? -1 : static_cast<std::int32_t>(node.feature));
    tree_.left.push_back(-1);
    tree_.right.push_back(-1);
    tree_.split.push_back(is_leaf ? Split{} : split_of(node));
    tree_.stats.insert(tree_.stats.end(), node.stats.counts.begin(), node.stats.counts.end());
    tree_.raw_count.push_back(node.stats.raw_count);
    tree_.prediction.push_back(prediction(slot));
    tree_.impurity.push_back(node.stats.impurity);
    tree_.gain.push_back(is_leaf ? -1 : node.gain);
    if (!is_leaf) {
      tree_.left[id] = add(static_cast<std::size_t>(node.left));
      tree_.right[id] = add(static_cast<std::size_t>(node.right));
    }
    return static_cast<std::int32_t>(id);
  }

  Split split_of(const GrownNode& node) const {
    Split split;
    if (features_[node.feature].kind == FeatureKind::continuous) {
      split.threshold = features_[node.feature].thresholds[node.bin];
      return split;
    }
    split.num_categories = static_cast<std::int32_t>(set_.arities[node.feature]);
    split.left_categories.assign(node.left_categories.begin(), node.left_categories.end());
    return split;
  }

  const GrownTree& grown_;
  const TrainingSet& set_;
  const std::vector<FeatureBins>& features_;
  std::vector<bool> is_leaf_;  // by slot, after pruning
  Tree tree_;
};

}  // namespace

Result<Tree> make_tree(const GrownTree& grown, const TrainingSet& set,
                       const std::vector<FeatureBins>& features, bool prune) {
  return Tree::make(TreeMaker(grown, set, features, prune).make(), set.num_features);
}

}  // namespace churnstream
