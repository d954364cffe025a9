// A node as text, the way real Spark's nodes lie in tests/spark/origin_forest.txt and testdata/forests.txt:
// for tests of this room.
#pragma once

#include <fmt/format.h>

#include <span>
#include <string>

#include "base/numbers.h"
#include "model/tree.h"

namespace churnstream {

inline std::string list_text(std::span<const double> values) {
  std::string text;
  for (const double value : values) {
    if (!text.empty()) text += ';';
    append_shortest(text, value);
  }
  if (text.empty()) text += '-';
  return text;
}

// "tree id prediction impurity impurityStats rawCount gain left right feature leftCategoriesOrThreshold
// numCategories".
inline std::string node_text(std::size_t index, const Tree& tree, std::size_t node) {
  const Split& split = tree.split[node];
  const bool has_threshold = !tree.is_leaf(node) && split.is_continuous();
  return fmt::format("{} {} {} {} {} {} {} {} {} {} {} {}", index, node, shortest(tree.prediction[node]),
                     shortest(tree.impurity[node]), list_text(tree.node_stats(node)), tree.raw_count[node],
                     shortest(tree.gain[node]), tree.left[node], tree.right[node], tree.feature[node],
                     has_threshold ? shortest(split.threshold) : list_text(split.left_categories),
                     split.num_categories);
}

}  // namespace churnstream
