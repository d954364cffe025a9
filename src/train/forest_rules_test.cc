// Small forests on the paths that the Telco forests do not take, against real Spark
// (testdata/make_forests.py).
#include <fmt/format.h>
#include <gmock/gmock.h>

#include <fstream>

#include "train/forest_trainer.h"
#include "train/tree_text.h"

namespace churnstream {
namespace {

enum class Label { two, three };

// The generator of make_forests.py.
class Draws {
 public:
  std::uint32_t next(std::uint32_t below) {
    state_ = (state_ * 1103515245 + 12345) % (std::uint64_t{1} << 31);
    return static_cast<std::uint32_t>(state_ >> 8) % below;
  }

 private:
  std::uint64_t state_ = 1;
};

TrainingSet generated_set(std::size_t num_rows, Label label, bool is_weighted) {
  TrainingSet set;
  set.num_features = 5;
  set.num_classes = label == Label::two ? 2 : 3;
  set.arities = {0, 7, 4, 0, 2};
  Draws draws;
  for (std::size_t row = 0; row < num_rows; ++row) {
    const double f0 = draws.next(1000) / 8.0;
    const double f1 = draws.next(7), f2 = draws.next(4), f4 = draws.next(2);
    const double f3 = draws.next(3) == 0 ? 0.0 : draws.next(50021) / 16.0 - 900.0;
    double score = f0 / 25.0 + (f1 == 1 || f1 == 4 ? 2 : 0) + (f2 == 2 ? 3 : 0);
    score += (f3 > 100 ? 1 : 0) + static_cast<double>(draws.next(5));
    set.values.insert(set.values.end(), {f0, f1, f2, f3, f4});
    set.labels.push_back(label == Label::two ? score > 6
                                             : static_cast<std::uint32_t>(std::min(2.0, score / 4)));
    const double weight = (1 + draws.next(4)) / 4.0;
    if (is_weighted) set.weights.push_back(weight);
  }
  return TrainingSet::make(std::move(set)).value();
}

std::vector<std::string> expected_nodes(const std::string& name) {
  std::ifstream in(CHURNSTREAM_SOURCE_DIR "/src/train/testdata/forests.txt");
  std::vector<std::string> nodes;
  for (std::string line; std::getline(in, line);)
    if (line.starts_with(name + " ")) nodes.push_back(line.substr(name.size() + 1));
  return nodes;
}

void expect_sparks_nodes(const std::string& name, const TrainingSet& set, const ForestParams& params) {
  const Forest forest = train_forest(set, params, {.threads = 2}).value();
  const std::vector<std::string> expected = expected_nodes(name);
  ASSERT_EQ(forest.num_nodes(), expected.size());
  std::size_t at = 0;
  for (std::size_t tree = 0; tree < forest.trees.size(); ++tree)
    for (std::size_t node = 0; node < forest.trees[tree].num_nodes(); ++node)
      ASSERT_EQ(node_text(tree, forest.trees[tree], node), expected[at++]);
}

ForestParams forest_of(std::int64_t num_trees, std::int64_t max_depth, std::int64_t seed) {
  ForestParams params;
  params.num_trees = num_trees;
  params.max_depth = max_depth;
  params.seed = seed;
  return params;
}

ForestParams tree_of(std::int64_t max_depth, std::int64_t seed) {
  ForestParams params = forest_of(1, max_depth, seed);
  params.kind = PredictorKind::decision_tree_classifier;
  return params;
}

TEST(SparksForest, OfThreeClassesTriesSubsetsAndOrdersByImpurity) {
  ForestParams params = forest_of(5, 5, 11);
  params.min_instances_per_node = 2;
  expect_sparks_nodes("three_classes", generated_set(2'000, Label::three, false), params);
}

TEST(SparksForest, ByEntropyComesOutNodeForNode) {
  ForestParams params = forest_of(3, 4, -7);
  params.impurity = Impurity::entropy;
  expect_sparks_nodes("entropy", generated_set(1'500, Label::three, false), params);
}

TEST(SparksForest, OfWeightedRowsWithoutBootstrapComesOutNodeForNode) {
  ForestParams params = forest_of(3, 4, 3);
  params.bootstrap = false;
  params.subsampling_rate = 0.7;
  params.min_weight_fraction_per_node = 0.01;
  expect_sparks_nodes("weights", generated_set(1'500, Label::three, true), params);
}

TEST(SparksTree, OfWeightedRowsComesOutNodeForNode) {
  ForestParams params = tree_of(5, 1);
  params.min_info_gain = 0.002;
  expect_sparks_nodes("weighted_tree", generated_set(1'000, Label::two, true), params);
}

TEST(SparksForest, GrownWithLittleMemoryLosesTheSameDraws) {
  ForestParams params = forest_of(6, 4, 5);
  params.max_memory_mb = 0;
  expect_sparks_nodes("little_memory", generated_set(1'200, Label::two, false), params);
}

TEST(SparksForest, OfManyTreesVisitsThemInTheSameOrder) {
  ForestParams params = forest_of(40, 3, 8);
  params.feature_subset_strategy = "2";
  expect_sparks_nodes("many_trees", generated_set(600, Label::two, false), params);
}

TEST(SparksTree, OfManyRowsFindsItsThresholdsInTheSameSample) {
  ForestParams params = tree_of(4, 21);
  params.max_bins = 16;
  expect_sparks_nodes("sampled_rows", generated_set(15'000, Label::two, false), params);
  params.seed = 22;
  expect_sparks_nodes("sampled_gaps", generated_set(40'000, Label::two, false), params);
}

}  // namespace
}  // namespace churnstream
