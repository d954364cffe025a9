#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "score/scorer.h"

namespace churnstream {
namespace {

// A tree with one split (x0 <= 0.5) and these class counts in its two leaves.
Tree stump(std::vector<double> left_counts, std::vector<double> right_counts) {
  Tree tree;
  tree.feature = {0, -1, -1};
  tree.left = {1, -1, -1};
  tree.right = {2, -1, -1};
  tree.split = {Split{-1, 0.5, {}}, Split{}, Split{}};
  tree.num_stats = left_counts.size();
  tree.stats.assign(tree.num_stats, 0.0);
  for (std::size_t c = 0; c < tree.num_stats; ++c) tree.stats[c] = left_counts[c] + right_counts[c];
  tree.stats.insert(tree.stats.end(), left_counts.begin(), left_counts.end());
  tree.stats.insert(tree.stats.end(), right_counts.begin(), right_counts.end());
  tree.raw_count = {10, 5, 5};
  tree.prediction = {0, 0, 1};
  tree.impurity = {0.5, 0.4, 0.4};
  tree.gain = {0.1, -1, -1};
  return *Tree::make(std::move(tree), 1);
}

Forest forest_of(std::vector<Tree> trees) {
  Forest forest;
  forest.num_features = 1;
  forest.num_classes = trees.front().num_stats;
  forest.trees = std::move(trees);
  return forest;
}

Scores score(const Forest& forest, std::vector<double> rows) {
  Scores scores;
  ScoreScratch scratch;
  make_reference_scorer(forest)->score({1, std::move(rows)}, scores, scratch);
  return scores;
}

TEST(ReferenceScorer, AForestAddsTheSharesOfItsLeavesInTheOrderOfTheTrees) {
  const Scores scores = score(forest_of({stump({3, 1}, {1, 2}), stump({1, 9}, {0, 7})}), {0.5, 0.6});
  EXPECT_EQ(scores.raw,
            (std::vector<double>{3.0 / 4 + 1.0 / 10, 1.0 / 4 + 9.0 / 10, 1.0 / 3 + 0.0, 2.0 / 3 + 1.0}));
  EXPECT_EQ(scores.predictions, (std::vector<std::uint32_t>{1, 1}));
}

TEST(ReferenceScorer, ATieGoesToTheLowerClass) {
  EXPECT_EQ(score(forest_of({stump({2, 2}, {1, 0})}), {0.0}).predictions.front(), 0U);
}

TEST(ReferenceScorer, NotANumberGoesRight) {
  const double nan = std::numeric_limits<double>::quiet_NaN();
  EXPECT_EQ(score(forest_of({stump({1, 0}, {0, 1})}), {nan}).predictions.front(), 1U);
}

TEST(ReferenceScorer, ALoneTreeAnswersWithItsCounts) {
  Forest forest = forest_of({stump({30, 10}, {1, 2})});
  forest.kind = PredictorKind::decision_tree_classifier;
  const Scores scores = score(forest, {0.0});
  EXPECT_EQ(scores.raw, (std::vector<double>{30, 10}));
  EXPECT_EQ(scores.probabilities, (std::vector<double>{0.75, 0.25}));
}

TEST(ReferenceScorer, ATreeWithAnEmptyLeafHasNoVoteAndNoVotesAtAllIsNotANumber) {
  const Scores one = score(forest_of({stump({0, 0}, {1, 1}), stump({1, 3}, {1, 1})}), {0.0});
  EXPECT_EQ(one.probabilities, (std::vector<double>{0.25, 0.75}));
  const Scores none = score(forest_of({stump({0, 0}, {1, 1})}), {0.0});
  EXPECT_TRUE(std::isnan(none.probabilities[0]));
  EXPECT_EQ(none.predictions[0], 0U);
}

TEST(ReferenceScorer, ThresholdsScaleTheProbabilities) {
  Forest forest = forest_of({stump({3, 1}, {0, 1})});
  forest.thresholds = {0.8, 0.2};
  EXPECT_EQ(score(forest, {0.0}).predictions[0], 1U);  // 0.75 / 0.8 < 0.25 / 0.2
  forest.thresholds = {0.0, 0.5};
  EXPECT_EQ(score(forest, {0.0}).predictions[0], 0U);  // p > 0 over 0 wins
  EXPECT_EQ(score(forest, {1.0}).predictions[0], 1U);  // 0 / 0 never wins
}

}  // namespace
}  // namespace churnstream
