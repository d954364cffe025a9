#include "model/tree.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace churnstream {
namespace {

// Spark's maxBins bounds the arity; far beyond any that has been trained, and harmless where a scorer makes a
// table.
constexpr std::int32_t kCategoriesMax = 1 << 20;

tl::unexpected<Error> bad_node(std::size_t node, const std::string& what) {
  return wrong("checking a tree", {}, "node " + std::to_string(node) + " " + what);
}

Result<void> check_lengths(const Tree& tree) {
  const std::size_t n = tree.num_nodes();
  if (n == 0) return wrong("checking a tree", {}, "it has no node");
  if (n > static_cast<std::size_t>(std::numeric_limits<std::int32_t>::max()))
    return wrong("checking a tree", {}, "it has more nodes than a node id can count");
  const bool is_even = tree.left.size() == n && tree.right.size() == n && tree.split.size() == n &&
                       tree.raw_count.size() == n && tree.prediction.size() == n &&
                       tree.impurity.size() == n && tree.gain.size() == n;
  if (!is_even || tree.num_stats == 0 || tree.stats.size() / tree.num_stats != n ||
      tree.stats.size() % tree.num_stats != 0)
    return wrong("checking a tree", {}, "its columns differ in length");
  return {};
}

// Pre-order: the left child follows its parent, the right child follows the whole left subtree. One pass,
// holding the right children that are still to come, so a child is used once and no cycle can be.
Result<void> check_order(const Tree& tree) {
  const std::size_t n = tree.num_nodes();
  std::vector<std::int32_t> to_come;
  for (std::size_t node = 0; node < n; ++node) {
    const auto id = static_cast<std::int32_t>(node);
    if (tree.is_leaf(node)) {
      if (tree.left[node] != -1 || tree.right[node] != -1) return bad_node(node, "has one child");
      if (to_come.empty()) {
        if (node + 1 == n) return {};
        return bad_node(node + 1, "is nobody's child");
      }
      if (to_come.back() != id + 1)
        return bad_node(static_cast<std::size_t>(to_come.back()), "does not lie behind its left sibling");
      to_come.pop_back();
      continue;
    }
    if (tree.left[node] <= id || tree.right[node] <= id) return bad_node(node, "has a child before itself");
    if (tree.left[node] != id + 1) return bad_node(node, "has a left child that does not follow it");
    if (static_cast<std::size_t>(tree.right[node]) >= n)
      return bad_node(node, "has a child that is not there");
    if (tree.right[node] == tree.left[node]) return bad_node(node, "has one child twice");
    to_come.push_back(tree.right[node]);
  }
  return bad_node(n - 1, "should have children, but is the last one");
}

Result<void> check_split(const Split& split, std::size_t node) {
  if (split.is_continuous()) {
    if (split.num_categories != -1) return bad_node(node, "has a negative number of categories");
    if (std::isnan(split.threshold)) return bad_node(node, "has a threshold that is no number");
    return {};
  }
  if (split.num_categories > kCategoriesMax) return bad_node(node, "has too many categories");
  double before = -1;
  for (const double category : split.left_categories) {
    if (!(category >= 0 && category < split.num_categories && category == std::trunc(category)))
      return bad_node(node, "sends left a category that it does not have");
    if (category <= before) return bad_node(node, "has categories out of order");
    before = category;
  }
  return {};
}

bool contains(const std::vector<double>& categories, double value) {
  // No binary search: lists are short, and NaN, equal to nothing, must not be found.
  return std::find(categories.begin(), categories.end(), value) != categories.end();
}

}  // namespace

bool Split::goes_left(double value) const {
  if (is_continuous()) return value <= threshold;
  const bool is_left_smaller = left_categories.size() <= static_cast<std::size_t>(num_categories) / 2;
  if (contains(left_categories, value)) return true;
  if (is_left_smaller) return false;
  const bool is_right_category = value >= 0 && value < num_categories && value == std::trunc(value);
  return !is_right_category;
}

Result<Tree> Tree::make(Tree tree, std::size_t num_features) {
  CHURNSTREAM_TRY(check_lengths(tree));
  CHURNSTREAM_TRY(check_order(tree));
  for (std::size_t node = 0; node < tree.num_nodes(); ++node) {
    if (tree.is_leaf(node)) {
      if (tree.feature[node] != -1) return bad_node(node, "is a leaf but has a feature");
    } else {
      if (tree.feature[node] < 0 || static_cast<std::size_t>(tree.feature[node]) >= num_features)
        return bad_node(node, "splits by feature " + std::to_string(tree.feature[node]) + " of " +
                                  std::to_string(num_features));
      CHURNSTREAM_TRY(check_split(tree.split[node], node));
    }
    for (const double count : tree.node_stats(node))
      if (!std::isfinite(count)) return bad_node(node, "has a count that is no number");
    if (!std::isfinite(tree.prediction[node])) return bad_node(node, "has a prediction that is no number");
    if (!std::isfinite(tree.impurity[node]) || !std::isfinite(tree.gain[node]))
      return bad_node(node, "has an impurity or a gain that is no number");
  }
  return tree;
}

std::size_t Tree::depth() const {
  std::vector<std::size_t> depths(num_nodes(), 0);
  std::size_t deepest = 0;
  for (std::size_t node = 0; node < num_nodes(); ++node) {
    deepest = std::max(deepest, depths[node]);
    if (is_leaf(node)) continue;
    depths[static_cast<std::size_t>(left[node])] = depths[node] + 1;
    depths[static_cast<std::size_t>(right[node])] = depths[node] + 1;
  }
  return deepest;
}

std::size_t Tree::leaf_of(std::span<const double> features) const {
  std::size_t node = 0;
  while (!is_leaf(node)) {
    const double value = features[static_cast<std::size_t>(feature[node])];
    node = static_cast<std::size_t>(split[node].goes_left(value) ? left[node] : right[node]);
  }
  return node;
}

}  // namespace churnstream
