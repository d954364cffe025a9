#include "train/forest_trainer.h"

#include <gmock/gmock.h>

#include <fstream>

#include "train/telco_rows.h"
#include "train/tree_text.h"

namespace churnstream {
namespace {

using testing::ElementsAre;

const TelcoRows& telco() {
  static const TelcoRows kRows = read_telco_rows();
  return kRows;
}

ForestParams original_params(std::int64_t seed) {
  ForestParams params;
  params.max_depth = 10;
  params.min_instances_per_node = 10;
  params.seed = seed;
  return params;
}

Forest trained(const ForestParams& params, std::size_t threads = 1) {
  return train_forest(telco_set(telco(), telco().train), params, {.threads = threads}).value();
}

std::vector<std::size_t> nodes_per_tree(const Forest& forest) {
  std::vector<std::size_t> counts;
  for (const Tree& tree : forest.trees) counts.push_back(tree.num_nodes());
  return counts;
}

TEST(RandomSplit, OfTheCleanedTelcoRowsIsSparks) {
  EXPECT_EQ(telco().rows.size(), 7010u);
  EXPECT_EQ(telco().train.size(), 5672u);
  EXPECT_EQ(telco().test.size(), 1338u);
}

TEST(ForestTrainer, GrowsTheNotebooksForest) {
  const Forest forest = trained(original_params(-8271860956301159974));
  EXPECT_THAT(nodes_per_tree(forest), ElementsAre(155, 169, 211, 183, 187, 187, 195, 201, 189, 209, 203, 195,
                                                  183, 195, 167, 187, 181, 185, 169, 215));
  const Tree& first = forest.trees[0];
  EXPECT_THAT(first.node_stats(0), ElementsAre(4095, 1576));
  EXPECT_EQ(first.impurity[0], 0.4013477386565605);
  EXPECT_EQ(first.gain[0], 0.05188595514775243);
  EXPECT_EQ(first.feature[0], 6);
  EXPECT_THAT(first.split[0].left_categories, ElementsAre(1, 2));
}

TEST(ForestTrainer, GrowsTheShippedForest) {
  const Forest forest = trained(original_params(-5166297147706325911));
  EXPECT_THAT(nodes_per_tree(forest), ElementsAre(171, 213, 203, 183, 221, 185, 223, 237, 197, 211, 173, 187,
                                                  177, 195, 201, 193, 181, 213, 185, 179));
  const Tree& first = forest.trees[0];
  EXPECT_THAT(first.node_stats(0), ElementsAre(4161, 1543));
  EXPECT_EQ(first.impurity[0], 0.39467044361477593);
  EXPECT_EQ(first.gain[0], 0.047023321376191085);
  std::size_t num_leaves = 0, num_stuck = 0, num_categorical = 0;
  for (const Tree& tree : forest.trees)
    for (std::size_t node = 0; node < tree.num_nodes(); ++node) {
      num_leaves += tree.is_leaf(node);
      num_stuck += tree.is_leaf(node) && tree.impurity[node] == -1;
      num_categorical += !tree.is_leaf(node) && !tree.split[node].is_continuous();
    }
  EXPECT_EQ(num_leaves, 1974u);
  EXPECT_EQ(num_stuck, 771u);
  EXPECT_EQ(num_categorical, 1055u);
}

TEST(ForestTrainer, GrowsTheShippedForestNodeForNode) {
  std::ifstream in(CHURNSTREAM_SOURCE_DIR "/tests/spark/origin_forest.txt");
  std::vector<std::string> expected;
  for (std::string line; std::getline(in, line);)
    if (!line.starts_with('#')) expected.push_back(line);
  ASSERT_EQ(expected.size(), 3928u);
  const Forest forest = trained(original_params(-5166297147706325911), 2);
  std::size_t at = 0;
  for (std::size_t tree = 0; tree < forest.trees.size(); ++tree)
    for (std::size_t node = 0; node < forest.trees[tree].num_nodes(); ++node)
      ASSERT_EQ(node_text(tree, forest.trees[tree], node), expected.at(at++));
  EXPECT_EQ(at, expected.size());
}

TEST(ForestTrainer, GrowsTheSameForestWithAnyNumberOfThreads) {
  ForestParams params = original_params(7);
  params.num_trees = 40;
  const Forest alone = trained(params);
  for (const std::size_t threads : {2u, 3u, 8u}) EXPECT_EQ(trained(params, threads).trees, alone.trees);
}

}  // namespace
}  // namespace churnstream
