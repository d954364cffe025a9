// Two ways, one answer: the packed scorer beside the reference, bit for bit, on forests and rows by chance.
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

  Forest forest(std::int32_t arity, std::size_t num_classes) {
    Forest forest;
    forest.num_features = kFeatures;
    forest.num_classes = num_classes;
    for (std::size_t tree = 0; tree < 1 + below(7); ++tree) {
      Tree made;
      made.num_stats = num_classes;
      grow(made, arity, below(6));
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

TEST(PackedScorer, HasTheReferenceScorersBits) {
  for (unsigned seed = 0; seed < 300; ++seed) {
    SCOPED_TRACE(seed);
    ForestByChance chance(seed);
    const std::int32_t arity = std::vector<std::int32_t>{2, 3, 62, 63, 64, 100}[seed % 6];
    const Forest forest = chance.forest(arity, 2 + seed % 3);
    const auto reference = make_reference_scorer(forest), packed = make_packed_scorer(forest);
    ScoreScratch scratch;
    for (const std::size_t count : {0, 1, 7, 8, 9, 50}) {
      const FeatureMatrix rows = chance.rows(count, arity);
      Scores expected, scores;
      reference->score(rows, expected, scratch);
      packed->score(rows, scores, scratch);
      ASSERT_EQ(bits_of(scores.raw), bits_of(expected.raw));
      ASSERT_EQ(bits_of(scores.probabilities), bits_of(expected.probabilities));
      ASSERT_EQ(scores.predictions, expected.predictions);
    }
  }
}

TEST(PackedScorer, ALoneTreeAnswersWithItsCounts) {
  ForestByChance chance(7);
  Forest forest = chance.forest(3, 2);
  forest.kind = PredictorKind::decision_tree_classifier;
  forest.trees.resize(1);
  const FeatureMatrix rows = chance.rows(20, 3);
  Scores expected, scores;
  ScoreScratch scratch;
  make_reference_scorer(forest)->score(rows, expected, scratch);
  make_packed_scorer(forest)->score(rows, scores, scratch);
  EXPECT_EQ(bits_of(scores.raw), bits_of(expected.raw));
}

}  // namespace
}  // namespace churnstream
