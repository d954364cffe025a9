#include "train/grower.h"

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>

#include "train/generators.h"
#include "train/map_order.h"
#include "train/parallel.h"

namespace churnstream {
namespace {

constexpr double kPure = 0x1.0p-52;            // Spark: a child as pure as this is a leaf at once
constexpr std::size_t kRowsPerThread = 8'192;  // below it a thread costs more than it saves
constexpr std::size_t kTasksAtOnce = 4;

struct NodeRef {
  std::uint32_t tree = 0;
  std::uint32_t node = 0;
};

struct Task {
  NodeRef at;
  std::size_t subset_begin = 0;  // its features in Grower::subsets_
};

class Grower {
 public:
  Grower(const TrainingSet& set, const std::vector<FeatureBins>& features, const BinnedRows& bins,
         std::vector<Bag> bags, const ForestParams& params, std::uint32_t features_per_node,
         std::size_t threads)
      : features_(features),
        bins_(bins),
        bags_(std::move(bags)),
        params_(params),
        num_classes_(set.num_classes),
        num_features_(static_cast<std::uint32_t>(set.num_features)),
        features_per_node_(features_per_node),
        random_(params.seed),
        trees_(bags_.size()),
        scratch_(threads) {
    for (std::size_t worker = 0; worker < threads; ++worker)
      searches_.push_back(std::make_unique<SplitSearch>(set, features, bins, params));
  }

  std::vector<GrownTree> grow(const GrowthWatcher& watcher) {
    plant_roots();
    while (!stack_.empty()) {
      take_round();
      split_nodes();
      push_children();
      if (watcher) watcher(rows_settled_);
      rows_settled_ = 0;
    }
    return std::move(trees_);
  }

 private:
  void plant_roots() {
    for (std::uint32_t tree = 0; tree < trees_.size(); ++tree) {
      GrownNode root;
      root.end = static_cast<std::uint32_t>(bags_[tree].size());
      trees_[tree].nodes.push_back(std::move(root));
      stack_.push_back({tree, 0});
    }
  }

  // The nodes of this round with their features, from the top of the stack, as long as Spark's memory limit
  // allows. The draw of the node that no longer fits is lost, as in Spark.
  void take_round() {
    tasks_.clear();
    subsets_.clear();
    const double memory_most = static_cast<double>(params_.max_memory_mb) * 1024 * 1024;
    double memory = 0;
    while (!stack_.empty()) {
      const std::size_t subset_begin = subsets_.size();
      draw_subset();
      double bins = 0;
      for (std::size_t i = subset_begin; i < subsets_.size(); ++i) bins += features_[subsets_[i]].num_bins;
      const double needed = 8.0 * static_cast<double>(num_classes_) * bins;
      if (!tasks_.empty() && memory + needed > memory_most) break;
      memory += needed;
      tasks_.push_back({stack_.back(), subset_begin});
      stack_.pop_back();
    }
    found_.resize(tasks_.size());
    middles_.resize(tasks_.size());
  }

  void draw_subset() {
    if (features_per_node_ < num_features_) {
      const auto subset = reservoir_sample(num_features_, features_per_node_, random_.next_long());
      subsets_.insert(subsets_.end(), subset.begin(), subset.end());
      return;
    }
    subsets_.resize(subsets_.size() + num_features_);
    std::iota(subsets_.end() - num_features_, subsets_.end(), 0u);
  }

  // Tasks touch disjoint rows, so they may run in any order.
  void split_nodes() {
    std::size_t rows = 0;
    for (const Task& task : tasks_) rows += node_at(task.at).end - node_at(task.at).begin;
    const std::size_t threads = std::clamp<std::size_t>(rows / kRowsPerThread, 1, searches_.size());
    in_parallel(tasks_.size(), threads, kTasksAtOnce,
                [this](std::size_t task, std::size_t worker) { split_node(task, worker); });
  }

  void split_node(std::size_t task, std::size_t worker) {
    const NodeRef at = tasks_[task].at;
    const GrownNode& node = node_at(at);
    const std::span<BagEntry> rows = std::span(bags_[at.tree]).subspan(node.begin, node.end - node.begin);
    const auto subset =
        std::span<const std::uint32_t>(subsets_).subspan(tasks_[task].subset_begin, features_per_node_);
    FoundSplit& found = found_[task];
    found = searches_[worker]->best_split(rows, subset, at.node == 0 ? nullptr : &node.stats);
    if (!becomes_leaf(found, node.level)) middles_[task] = partition(rows, found, scratch_[worker]);
  }

  bool becomes_leaf(const FoundSplit& found, std::int32_t level) const {
    return !found.is_valid || found.gain <= 0 || level == params_.max_depth;
  }

  // Rows that go left before rows that go right, each in their order. Returns how many go left.
  std::uint32_t partition(std::span<BagEntry> rows, const FoundSplit& split,
                          std::vector<BagEntry>& right) const {
    const std::vector<std::uint8_t> goes_left = left_by_bin(split, features_[split.feature]);
    const std::uint16_t* bins = bins_.bins(split.feature);
    right.resize(rows.size());
    std::size_t num_left = 0, num_right = 0;
    for (const BagEntry& entry : rows) {
      const bool is_left = goes_left[bins[entry.row]] != 0;
      rows[num_left] = entry;  // never before the entry it reads
      right[num_right] = entry;
      num_left += is_left;
      num_right += !is_left;
    }
    std::copy_n(right.begin(), num_right, rows.begin() + static_cast<std::ptrdiff_t>(num_left));
    return static_cast<std::uint32_t>(num_left);
  }

  // Trees in the order of Scala's map, in a tree the nodes in the order they were taken.
  void push_children() {
    std::vector<std::uint32_t> trees;
    std::vector<std::vector<std::uint32_t>> tasks_of(trees_.size());
    for (std::uint32_t task = 0; task < tasks_.size(); ++task) {
      auto& tasks = tasks_of[tasks_[task].at.tree];
      if (tasks.empty()) trees.push_back(tasks_[task].at.tree);
      tasks.push_back(task);
    }
    for (const std::uint32_t tree : in_map_order(std::move(trees), params_.map_order))
      for (const std::uint32_t task : tasks_of[tree]) settle(tasks_[task].at, found_[task], middles_[task]);
  }

  void settle(NodeRef at, FoundSplit& found, std::uint32_t num_left) {
    GrownNode& node = node_at(at);
    node.stats = std::move(found.own);
    if (!found.is_valid) node.stats.impurity = -1;
    if (becomes_leaf(found, node.level)) {
      rows_settled_ += node.end - node.begin;
      return;
    }
    node.gain = found.gain;
    node.feature = found.feature;
    node.bin = found.bin;
    node.left_categories = std::move(found.left_categories);
    const std::uint32_t begin = node.begin, end = node.end;
    const std::int32_t level = node.level + 1;
    add_child(at, begin, begin + num_left, level, std::move(found.left), true);
    add_child(at, begin + num_left, end, level, std::move(found.right), false);
  }

  void add_child(NodeRef parent, std::uint32_t begin, std::uint32_t end, std::int32_t level, NodeStats stats,
                 bool is_left) {
    std::vector<GrownNode>& nodes = trees_[parent.tree].nodes;
    const auto slot = static_cast<std::uint32_t>(nodes.size());
    (is_left ? nodes[parent.node].left : nodes[parent.node].right) = static_cast<std::int32_t>(slot);
    const bool is_leaf = level == params_.max_depth || std::abs(stats.impurity) < kPure;
    GrownNode child;
    child.begin = begin;
    child.end = end;
    child.level = level;
    child.stats = std::move(stats);
    nodes.push_back(std::move(child));
    if (is_leaf) {
      rows_settled_ += end - begin;
    } else {
      stack_.push_back({parent.tree, slot});
    }
  }

  GrownNode& node_at(NodeRef at) { return trees_[at.tree].nodes[at.node]; }

  const std::vector<FeatureBins>& features_;
  const BinnedRows& bins_;
  std::vector<Bag> bags_;
  const ForestParams& params_;
  const std::size_t num_classes_;
  const std::uint32_t num_features_, features_per_node_;
  JavaRandom random_;
  std::vector<GrownTree> trees_;
  std::vector<NodeRef> stack_;
  std::vector<Task> tasks_;
  std::vector<std::uint32_t> subsets_;
  std::vector<FoundSplit> found_;                       // by task
  std::vector<std::uint32_t> middles_;                  // by task: rows that go left
  std::vector<std::unique_ptr<SplitSearch>> searches_;  // by worker
  std::vector<std::vector<BagEntry>> scratch_;          // by worker
  std::size_t rows_settled_ = 0;
};

}  // namespace

std::vector<GrownTree> grow_trees(const TrainingSet& set, const std::vector<FeatureBins>& features,
                                  const BinnedRows& bins, std::vector<Bag> bags, const ForestParams& params,
                                  std::uint32_t features_per_node, std::size_t threads,
                                  const GrowthWatcher& watcher) {
  return Grower(set, features, bins, std::move(bags), params, features_per_node, threads).grow(watcher);
}

}  // namespace churnstream
