// Many ways, one answer: the fast scorers beside the reference, bit for bit, on forests and rows by chance.
#include <gtest/gtest.h>

#include <bit>
#include <limits>
#include <random>

#include "score/scorer.h"

namespace churnstream {
namespace {

constexpr std::size_t kFeatures =
    6;  // the last three are categorical, of the arity that a forest is made with

class ForestByChance {
 public:
  explicit ForestByChance(unsigned seed) : dice_(seed) {}

  Forest forest(std::int32_t arity, std::size_t num_classes, std::size_t depth_end = 6) {
    Forest forest;
    forest.num_features = kFeatures;
    forest.num_classes = num_classes;
    for (std::size_t tree = 0; tree < 1 + below(7); ++tree) {
      Tree made;
      made.num_stats = num_classes;
      grow(made, arity, below(depth_end));
      forest.trees.push_back(*Tree::make(std::move(made), kFeatures));
    }
    if (below(3) == 0) forest.thresholds.assign(num_classes, 0.25);
    return forest;
  }

  FeatureMatrix rows(std::size_t count, std::int32_t arity) {
    const double kOdd[] = {std::numeric_limits<double>::quiet_NaN(),
                           std::numeric_limits<double>::infinity(),
                           -std::numeric_limits<double>::infinity(),
                           -0.0,
                           -1,
                           0.5,
                           arity + 0.0,
                           1e300,
                           63,
                           64};
    FeatureMatrix rows{kFeatures, {}};
    for (std::size_t cell = 0; cell < count * kFeatures; ++cell) {
      if (below(10) == 0)
        rows.values.push_back(kOdd[below(std::size(kOdd))]);
      else if (cell % kFeatures < 3)
        rows.values.push_back(static_cast<double>(below(9)) / 8);
      else
        rows.values.push_back(static_cast<double>(below(static_cast<std::size_t>(arity))));
    }
    return rows;
  }

 private:
  std::size_t below(std::size_t end) { return dice_() % end; }

  void grow(Tree& tree, std::int32_t arity, std::size_t depth_left) {
    const std::size_t id = tree.feature.size();
    const bool is_leaf = depth_left == 0 || below(5) == 0;
    tree.feature.push_back(is_leaf ? -1 : static_cast<std::int32_t>(below(kFeatures)));
    tree.left.push_back(-1);
    tree.right.push_back(-1);
    tree.split.push_back(is_leaf ? Split{} : split_of(tree.feature[id], arity));
    for (std::size_t c = 0; c < tree.num_stats; ++c)
      tree.stats.push_back(below(6) == 0 ? 0.0 : static_cast<double>(below(50)));
    tree.raw_count.push_back(5);
    tree.prediction.push_back(0);
    tree.impurity.push_back(0.3);
    tree.gain.push_back(is_leaf ? -1 : 0.1);
    if (is_leaf) return;
    tree.left[id] = static_cast<std::int32_t>(tree.feature.size());
    grow(tree, arity, depth_left - 1);
    tree.right[id] = static_cast<std::int32_t>(tree.feature.size());
    grow(tree, arity, depth_left - 1);
  }

  Split split_of(std::int32_t feature, std::int32_t arity) {
    if (feature < 3) return {-1, static_cast<double>(below(9)) / 8, {}};
    Split split{arity, 0, {}};
    for (std::int32_t category = 0; category < arity; ++category)
      if (below(2) == 0) split.left_categories.push_back(category);
    if (split.left_categories.empty()) split.left_categories.push_back(0);
    if (static_cast<std::int32_t>(split.left_categories.size()) == arity) split.left_categories.pop_back();
    return split;
  }

  std::mt19937 dice_;
};

std::vector<std::uint64_t> bits_of(const std::vector<double>& values) {
  std::vector<std::uint64_t> bits;
  for (const double value : values) bits.push_back(std::bit_cast<std::uint64_t>(value));
  return bits;
}

void expect_the_same(const Scorer& scorer, const Scorer& reference, const FeatureMatrix& rows) {
  ScoreScratch scratch;
  Scores expected, scores;
  reference.score(rows, expected, scratch);
  scorer.score(rows, scores, scratch);
  EXPECT_EQ(bits_of(scores.raw), bits_of(expected.raw));
  EXPECT_EQ(bits_of(scores.probabilities), bits_of(expected.probabilities));
  EXPECT_EQ(scores.predictions, expected.predictions);
}

TEST(FastScorers, HaveTheReferenceScorersBits) {
  int with_bitsets = 0, of_many_words = 0;
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    ForestByChance chance(seed);
    const std::int32_t arity = std::vector<std::int32_t>{2, 3, 62, 63, 64, 100}[seed % 6];
    const Forest forest = chance.forest(arity, 2 + seed % 3, seed % 4 == 0 ? 10 : 6);
    const auto reference = make_reference_scorer(forest), packed = make_packed_scorer(forest),
               leaf_bitset = make_leaf_bitset_scorer(forest);
    with_bitsets += leaf_bitset != nullptr;
    of_many_words += leaf_bitset != nullptr && forest.trees.front().num_nodes() > 127;
    for (const std::size_t count : {0, 1, 7, 8, 9, 50}) {
      const FeatureMatrix rows = chance.rows(count, arity);
      expect_the_same(*packed, *reference, rows);
      if (leaf_bitset) expect_the_same(*leaf_bitset, *reference, rows);
    }
  }
  EXPECT_GT(with_bitsets, 200);
  EXPECT_GT(of_many_words, 5) << "no tree has more leaves than a word has bits: little is proven";
}

TEST(FastScorers, ALoneTreeAnswersWithItsCounts) {
  ForestByChance chance(7);
  Forest forest = chance.forest(3, 2);
  forest.kind = PredictorKind::decision_tree_classifier;
  forest.trees.resize(1);
  const FeatureMatrix rows = chance.rows(20, 3);
  const auto reference = make_reference_scorer(forest);
  expect_the_same(*make_packed_scorer(forest), *reference, rows);
  expect_the_same(*make_leaf_bitset_scorer(forest), *reference, rows);
}

TEST(FastScorers, AForestThatIsTooLargeForTablesHasAnotherFastScorer) {
  Forest forest;
  forest.num_features = 1;
  forest.num_classes = 2;
  Tree tree;  // a comb of 300 leaves
  tree.num_stats = 2;
  constexpr std::int32_t kLeaves = 300;
  for (std::int32_t node = 0; node < 2 * kLeaves - 1; ++node) {
    const bool is_leaf = node % 2 == 1 || node == 2 * kLeaves - 2;
    tree.feature.push_back(is_leaf ? -1 : 0);
    tree.left.push_back(is_leaf ? -1 : node + 1);
    tree.right.push_back(is_leaf ? -1 : node + 2);
    tree.split.push_back(is_leaf ? Split{} : Split{-1, node + 0.5, {}});
    tree.stats.insert(tree.stats.end(), {1.0 * node, 1.0});
    tree.raw_count.push_back(1);
    tree.prediction.push_back(0);
    tree.impurity.push_back(0.3);
    tree.gain.push_back(is_leaf ? -1 : 0.1);
  }
  forest.trees.push_back(*Tree::make(std::move(tree), 1));
  EXPECT_EQ(make_leaf_bitset_scorer(forest), nullptr);
  const FeatureMatrix rows{1, {-1, 0.5, 1, 77, 598, 1e9}};
  expect_the_same(*make_fast_scorer(forest), *make_reference_scorer(forest), rows);
}

}  // namespace
}  // namespace churnstream
