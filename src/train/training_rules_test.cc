// The rules of training that the telco forests do not touch: each with a case small enough to reckon by hand.
#include <gmock/gmock.h>

#include "train/bagging.h"
#include "train/candidate_splits.h"
#include "train/forest_trainer.h"

namespace churnstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

TrainingSet one_feature(std::vector<double> values, std::vector<std::uint32_t> labels,
                        std::uint32_t arity = 0, std::size_t num_classes = 2) {
  TrainingSet set;
  set.num_features = 1;
  set.num_classes = num_classes;
  set.values = std::move(values);
  set.labels = std::move(labels);
  set.arities = {arity};
  return TrainingSet::make(std::move(set)).value();
}

ForestParams tree_params() {
  ForestParams params;
  params.kind = PredictorKind::decision_tree_classifier;
  return params;
}

Tree tree_of(const TrainingSet& set, const ForestParams& params = tree_params()) {
  return train_forest(set, params).value().trees.at(0);
}

TEST(CandidateSplits, LieBetweenNeighboursWhileThereAreBins) {
  const auto features = find_candidate_splits(one_feature({0, 1, 1, 4}, {0, 0, 1, 1}), {}).value();
  EXPECT_THAT(features[0].thresholds, ElementsAre(0.5, 2.5));
}

TEST(CandidateSplits, CutManyValuesIntoRunsOfEqualWeight) {
  std::vector<double> values;
  for (int i = 1; i <= 100; ++i) values.push_back(i);
  ForestParams params;
  params.max_bins = 4;
  const auto features =
      find_candidate_splits(one_feature(values, std::vector<std::uint32_t>(100, 0)), params).value();
  EXPECT_THAT(features[0].thresholds, ElementsAre(25.5, 50.5, 75.5));
}

TEST(CandidateSplits, AreFoundInASampleOfManyRowsAsSparkDraws) {
  std::vector<double> values;
  for (int i = 1; i <= 40'000; ++i) values.push_back(i);
  ForestParams params;
  params.max_bins = 2;
  params.seed = 1;
  const auto features =
      find_candidate_splits(one_feature(values, std::vector<std::uint32_t>(40'000, 0)), params).value();
  ASSERT_GE(features[0].thresholds.size(), 1u);
  EXPECT_NEAR(features[0].thresholds[0], 20'000, 600) << "a quarter of the rows, by gaps";
}

TEST(CandidateSplits, RefuseMoreCategoriesThanBins) {
  const auto features = find_candidate_splits(one_feature({0, 1, 2, 3}, {0, 1, 0, 1}, 9), {});
  EXPECT_THAT(features.error().message, HasSubstr("9 categories"));
}

TEST(CandidateSplits, OfFewCategoriesAreAllSubsetsWhenThereAreThreeClasses) {
  std::vector<double> values;
  std::vector<std::uint32_t> labels;
  for (std::uint32_t i = 0; i < 64; ++i) {
    values.push_back(i % 4);
    labels.push_back(i % 3);
  }
  const auto features = find_candidate_splits(one_feature(values, labels, 4, 3), {}).value();
  EXPECT_EQ(features[0].kind, FeatureKind::unordered);
  EXPECT_EQ(features[0].num_splits, 7u);
}

TEST(Training, PutsAValueEqualToTheThresholdLeft) {
  const Tree tree = tree_of(one_feature({1, 3, 1, 3}, {0, 1, 0, 1}));
  EXPECT_EQ(tree.split[0].threshold, 2);
  EXPECT_THAT(tree.node_stats(1), ElementsAre(2, 0));
  EXPECT_EQ(tree.impurity[1], 0);
  EXPECT_EQ(tree.gain[0], 0.5);
}

TEST(Training, OrdersCategoriesByTheirCountOfClassOneNotByTheirRate) {
  // Counts of class 1: category 0 has 3 of 9, category 1 has 2 of 2, category 2 has 0 of 4.
  const std::vector<double> values{0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 2, 2, 2, 2};
  const std::vector<std::uint32_t> labels{1, 1, 1, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 0};
  ForestParams params = tree_params();
  params.max_depth = 1;
  params.prune_tree = false;
  const Tree tree = tree_of(one_feature(values, labels, 3), params);
  EXPECT_THAT(tree.split[0].left_categories, ElementsAre(2)) << "{1} against {0, 2} is no candidate";
}

TEST(Training, TriesEverySubsetOfFewCategoriesWithThreeClasses) {
  std::vector<double> values;
  std::vector<std::uint32_t> labels;
  for (int i = 0; i < 40; ++i) {
    values.push_back(i % 4);
    labels.push_back(i % 4 == 0 || i % 4 == 3 ? 2 : i % 4 == 1 ? 0 : 1);
  }
  ForestParams params = tree_params();
  params.max_depth = 1;
  const Tree tree = tree_of(one_feature(values, labels, 4, 3), params);
  EXPECT_THAT(tree.split[0].left_categories, ElementsAre(1, 2)) << "0 and 3 go together, to the right";
  EXPECT_THAT(tree.node_stats(1), ElementsAre(10, 10, 0));
}

TEST(Training, PrunesLeavesThatPredictAlikeUnlessToldNotTo) {
  // The best split leaves both sides with a majority of class 0.
  const TrainingSet set = one_feature({1, 1, 1, 1, 2, 2, 2, 2, 2}, {0, 0, 0, 0, 0, 0, 0, 1, 1});
  EXPECT_EQ(tree_of(set).num_nodes(), 1u);
  ForestParams params = tree_params();
  params.prune_tree = false;
  const Tree tree = tree_of(set, params);
  EXPECT_EQ(tree.num_nodes(), 3u);
  EXPECT_THAT(tree.node_stats(0), ElementsAre(7, 2));
}

TEST(Training, MarksALeafWhoseSearchFoundNoValidSplit) {
  ForestParams params = tree_params();
  params.min_instances_per_node = 3;
  const Tree tree = tree_of(one_feature({1, 3, 1, 3}, {0, 1, 0, 1}), params);
  EXPECT_EQ(tree.num_nodes(), 1u);
  EXPECT_EQ(tree.impurity[0], -1);
  EXPECT_EQ(tree.raw_count[0], 4);
}

TEST(Training, CountsWeightsInTheStatsAndRowsInTheRawCount) {
  TrainingSet set = one_feature({1, 3, 1, 3}, {0, 1, 0, 1});
  set.weights = {0.25, 2, 0.5, 1};
  const Tree tree = tree_of(set);
  EXPECT_THAT(tree.node_stats(0), ElementsAre(0.75, 3));
  EXPECT_THAT(tree.node_stats(1), ElementsAre(0.75, 0));
  EXPECT_EQ(tree.raw_count[0], 4);
}

TEST(Training, KeepsTheLeastWeightOfANode) {
  TrainingSet set = one_feature({1, 3, 1, 3}, {0, 1, 0, 1});
  set.weights = {0.25, 2, 0.5, 1};
  ForestParams params = tree_params();
  params.min_weight_fraction_per_node = 0.21;  // 0.7875 of 3.75; the left side weighs 0.75
  EXPECT_EQ(tree_of(set, params).num_nodes(), 1u);
}

TEST(Training, GrowsAnotherForestInRoundsOfOneNode) {
  std::vector<double> values;
  std::vector<std::uint32_t> labels;
  for (std::uint32_t i = 0; i < 200; ++i) {
    for (std::uint32_t f = 0; f < 4; ++f) values.push_back((i * (7 + f) + i / 3) % 41);
    labels.push_back(i * 13 % 7 < 3);
  }
  TrainingSet set;
  set.num_features = 4;
  set.num_classes = 2;
  set.values = values;
  set.labels = labels;
  set.arities = {0, 0, 0, 0};
  ForestParams params;
  params.num_trees = 6;
  const auto wide = train_forest(set, params).value();
  params.max_memory_mb = 0;
  const auto narrow = train_forest(set, params).value();
  EXPECT_EQ(wide.trees.size(), narrow.trees.size());
  EXPECT_NE(wide.trees, narrow.trees) << "the order of the draws differs, as in Spark";
}

TEST(Bags, AreAllRowsOnceForATreeAndShareOfThemWithoutBootstrap) {
  const TrainingSet set = one_feature(std::vector<double>(1'000, 1), std::vector<std::uint32_t>(1'000, 0));
  EXPECT_EQ(draw_bags(set, tree_params()).at(0).size(), 1'000u);
  ForestParams params;
  params.bootstrap = false;
  params.subsampling_rate = 0.25;
  const auto bags = draw_bags(set, params);
  EXPECT_EQ(bags.size(), 20u);
  EXPECT_NEAR(static_cast<double>(bags[0].size()), 250, 60);
}

TEST(FeaturesPerNode, AreSparks) {
  const auto count = [](const char* strategy, std::int64_t num_trees = 20) {
    return features_per_node(strategy, num_trees, 19).value();
  };
  EXPECT_EQ(count("auto"), 5u);
  EXPECT_EQ(count("auto", 1), 19u);
  EXPECT_EQ(count("ALL"), 19u);
  EXPECT_EQ(count("log2"), 5u);
  EXPECT_EQ(count("onethird"), 7u);
  EXPECT_EQ(count("1"), 1u);
  EXPECT_EQ(count("1.0"), 19u);
  EXPECT_EQ(count("0.3"), 6u);
  EXPECT_EQ(count("50"), 19u);
  EXPECT_FALSE(features_per_node("0", 20, 19).has_value());
  EXPECT_FALSE(features_per_node("most", 20, 19).has_value());
}

TEST(TrainingSet, RefusesWhatSparkRefuses) {
  TrainingSet set;
  set.num_features = 1;
  set.num_classes = 2;
  set.values = {0, 5};
  set.labels = {0, 1};
  set.arities = {3};
  EXPECT_THAT(TrainingSet::make(set).error().message, HasSubstr("no category: 5"));
  set.arities = {0};
  EXPECT_TRUE(TrainingSet::make(set).has_value());
  set.labels = {0, 2};
  EXPECT_FALSE(TrainingSet::make(set).has_value());
  set.labels = {0, 1};
  set.values = {0, 1.0 / 0.0};
  EXPECT_FALSE(TrainingSet::make(set).has_value());
}

TEST(ForestParams, OutsideSparksRangesAreRefusedByName) {
  ForestParams params;
  params.max_depth = 31;
  EXPECT_THAT(params.check().error().message, HasSubstr("maxDepth"));
}

}  // namespace
}  // namespace churnstream
