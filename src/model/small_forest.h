// A forest small enough to be read, for tests: three trees over three features, two classes.
#pragma once

#include "model/forest.h"

namespace churnstream {

inline Tree single_leaf(double no, double yes) {
  Tree tree;
  tree.feature = tree.left = tree.right = {-1};
  tree.split = {{}};
  tree.num_stats = 2;
  tree.stats = {no, yes};
  tree.raw_count = {static_cast<std::int64_t>(no + yes)};
  tree.prediction = {yes > no ? 1.0 : 0.0};
  tree.impurity = {-1};
  tree.gain = {-1};
  return tree;
}

inline Forest small_forest() {
  Tree first;
  first.feature = {0, -1, 1, -1, -1};
  first.left = {1, -1, 3, -1, -1};
  first.right = {2, -1, 4, -1, -1};
  first.split = {
      {.num_categories = -1, .threshold = 0.5}, {}, {.num_categories = 3, .left_categories = {0, 2}}, {}, {}};
  first.num_stats = 2;
  first.stats = {6, 4, 4, 0, 2, 4, 2, 1, 0, 3};
  first.raw_count = {10, 4, 6, 3, 3};
  first.prediction = {0, 0, 1, 0, 1};
  first.impurity = {0.48, 0, 0.4444444444444444, 0.4444444444444444, 0};
  first.gain = {0.2, -1, 0.1, -1, -1};

  Tree second;
  second.feature = {1, -1, -1};
  second.left = {1, -1, -1};
  second.right = {2, -1, -1};
  second.split = {{.num_categories = -1, .threshold = -2.5}, {}, {}};
  second.num_stats = 2;
  second.stats = {5, 5, 5, 1, 0, 4};
  second.raw_count = {10, 6, 4};
  second.prediction = {0, 0, 1};
  second.impurity = {0.5, 0.2777777777777778, 0};
  second.gain = {0.3, -1, -1};

  Forest forest;
  forest.uid = "RandomForestClassifier_000000000001";
  forest.num_features = 3;
  forest.num_classes = 2;
  forest.params.set = {{"numTrees", 3}, {"maxDepth", 2}, {"seed", 9007199254740993}};
  forest.trees = {first, second, single_leaf(3, 7)};
  forest.tree_uids = {"dtc_000000000000", "dtc_000000000001", "dtc_000000000002"};
  return *Forest::make(forest);
}

}  // namespace churnstream
