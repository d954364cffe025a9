#include "train/forest_trainer.h"

#include <fmt/format.h>

#include "feature/param_maps.h"
#include "train/tree_maker.h"

namespace churnstream {
namespace {

// Java's String.hashCode of the class name, Spark's default seeds.
constexpr std::int64_t kForestSeed = 207336481;
constexpr std::int64_t kTreeSeed = 159147643;

// Made from the seed alone, so that the same training gives the same bytes.
std::string uid_of(const char* prefix, std::int64_t seed, std::size_t tree) {
  return make_uid(prefix, fmt::format("{} {}", seed, tree));
}

}  // namespace

nlohmann::json spark_defaults(PredictorKind kind) {
  nlohmann::json defaults = {
      {"featuresCol", "features"},
      {"labelCol", "label"},
      {"predictionCol", "prediction"},
      {"rawPredictionCol", "rawPrediction"},
      {"probabilityCol", "probability"},
      {"cacheNodeIds", false},
      {"checkpointInterval", 10},
      {"impurity", "gini"},
      {"leafCol", ""},
      {"maxBins", 32},
      {"maxDepth", 5},
      {"maxMemoryInMB", 256},
      {"minInfoGain", 0.0},
      {"minInstancesPerNode", 1},
      {"minWeightFractionPerNode", 0.0},
      {"seed", kind == PredictorKind::random_forest_classifier ? kForestSeed : kTreeSeed}};
  if (kind == PredictorKind::decision_tree_classifier) return defaults;
  defaults["bootstrap"] = true;
  defaults["featureSubsetStrategy"] = "auto";
  defaults["numTrees"] = 20;
  defaults["subsamplingRate"] = 1.0;
  return defaults;
}

Result<Forest> train_forest(const TrainingSet& set, const ForestParams& params,
                            const TrainerOptions& options) {
  CHURNSTREAM_TRY(params.check());
  const bool is_forest = params.kind == PredictorKind::random_forest_classifier;
  const std::string strategy = is_forest ? params.feature_subset_strategy : "all";
  CHURNSTREAM_TRY_ASSIGN(const std::uint32_t subset,
                         features_per_node(strategy, params.num_trees, set.num_features));
  CHURNSTREAM_TRY_ASSIGN(const std::vector<FeatureBins> features, find_candidate_splits(set, params));
  const BinnedRows bins(set, features);
  const std::vector<GrownTree> grown = grow_trees(set, features, bins, draw_bags(set, params), params, subset,
                                                  options.threads, options.watcher);
  Forest forest;
  forest.kind = params.kind;
  forest.uid = uid_of(is_forest ? "RandomForestClassifier" : "DecisionTreeClassifier", params.seed, 0);
  forest.params = {options.params_set, spark_defaults(params.kind)};
  forest.num_features = set.num_features;
  forest.num_classes = set.num_classes;
  forest.thresholds = params.thresholds;
  for (std::size_t tree = 0; tree < grown.size(); ++tree) {
    CHURNSTREAM_TRY_ASSIGN(Tree made, make_tree(grown[tree], set, features, params.prune_tree));
    forest.trees.push_back(std::move(made));
    forest.tree_uids.push_back(uid_of("dtc", params.seed, tree));
  }
  return forest;
}

}  // namespace churnstream
