#include "model/forest.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace churnstream {
namespace {

tl::unexpected<Error> bad_forest(const std::string& what) { return wrong("checking a forest", {}, what); }

// As Spark demands of its param `thresholds`.
Result<void> check_thresholds(const Forest& forest) {
  if (forest.thresholds.empty()) return {};
  if (forest.thresholds.size() != forest.num_classes)
    return bad_forest("it has " + std::to_string(forest.thresholds.size()) + " thresholds for " +
                      std::to_string(forest.num_classes) + " classes");
  std::size_t num_zeros = 0;
  for (const double threshold : forest.thresholds) {
    if (!(threshold >= 0)) return bad_forest("a threshold is negative or no number");
    if (threshold == 0) ++num_zeros;
  }
  if (num_zeros > 1) return bad_forest("more than one threshold is 0");
  return {};
}

Result<void> check_votes(const Tree& tree, std::size_t index, std::size_t num_classes) {
  const std::string name = "tree " + std::to_string(index);
  if (tree.num_stats != num_classes)
    return bad_forest(name + " counts " + std::to_string(tree.num_stats) + " classes instead of " +
                      std::to_string(num_classes));
  if (std::any_of(tree.stats.begin(), tree.stats.end(), [](double count) { return count < 0; }))
    return bad_forest(name + " has a negative class count");
  for (const double prediction : tree.prediction)
    if (!(prediction >= 0 && prediction < static_cast<double>(num_classes) &&
          prediction == std::trunc(prediction)))
      return bad_forest(name + " predicts a class that is not there");
  return {};
}

// The params since Spark 3.0, without the seed, whose default is its class's own.
ParamList params_with(std::vector<Param> more) {
  ParamList list{
      {"cacheNodeIds", ParamKind::flag, false},
      {"checkpointInterval", ParamKind::integer, 10},
      {"featuresCol", ParamKind::text, "features"},
      {"impurity", ParamKind::text, "gini"},
      {"labelCol", ParamKind::text, "label"},
      {"leafCol", ParamKind::text, ""},
      {"maxBins", ParamKind::integer, 32},
      {"maxDepth", ParamKind::integer, 5},
      {"maxMemoryInMB", ParamKind::integer, 256},
      {"minInfoGain", ParamKind::number, 0.0},
      {"minInstancesPerNode", ParamKind::integer, 1},
      {"minWeightFractionPerNode", ParamKind::number, 0.0},
      {"predictionCol", ParamKind::text, "prediction"},
      {"probabilityCol", ParamKind::text, "probability"},
      {"rawPredictionCol", ParamKind::text, "rawPrediction"},
      {"thresholds", ParamKind::numbers, {}},
      {"weightCol", ParamKind::text, {}},
  };
  list.insert(list.end(), more.begin(), more.end());
  std::sort(list.begin(), list.end(), [](const Param& a, const Param& b) { return a.name < b.name; });
  return list;
}

// Java's String.hashCode of the class names: what Scala takes as seed when nobody sets one.
constexpr std::int64_t kForestSeed = 207'336'481;
constexpr std::int64_t kTreeSeed = 159'147'643;

std::vector<double> tree_importances(const Tree& tree, std::size_t num_features) {
  std::vector<double> importances(num_features, 0.0);
  for (std::size_t node = 0; node < tree.num_nodes(); ++node) {
    if (tree.is_leaf(node)) continue;
    const auto stats = tree.node_stats(node);
    const double rows = std::accumulate(stats.begin(), stats.end(), 0.0);
    importances[static_cast<std::size_t>(tree.feature[node])] += tree.gain[node] * rows;
  }
  return importances;
}

void normalise(std::vector<double>& values) {
  const double total = std::accumulate(values.begin(), values.end(), 0.0);
  if (total == 0) return;
  for (double& value : values) value /= total;
}

// The bytes of one tree, as Sha256::add(double) and add(int64) would take them one by one.
class TreeBytes {
 public:
  void add(double value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void add(std::int64_t value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof value); }
  const std::string& all() const { return bytes_; }

 private:
  std::string bytes_;
};

void add_tree(Sha256& hash, const Tree& tree) {
  TreeBytes bytes;
  bytes.add(static_cast<std::int64_t>(tree.num_nodes()));
  for (std::size_t node = 0; node < tree.num_nodes(); ++node) {
    bytes.add(tree.prediction[node]);
    bytes.add(tree.impurity[node]);
    for (const double count : tree.node_stats(node)) bytes.add(count);
    bytes.add(tree.raw_count[node]);
    bytes.add(tree.gain[node]);
    bytes.add(static_cast<std::int64_t>(tree.left[node]));
    bytes.add(static_cast<std::int64_t>(tree.right[node]));
    bytes.add(static_cast<std::int64_t>(tree.feature[node]));
    if (tree.is_leaf(node)) continue;
    const Split& split = tree.split[node];
    bytes.add(static_cast<std::int64_t>(split.num_categories));
    if (split.is_continuous()) {
      bytes.add(split.threshold);
      continue;
    }
    bytes.add(static_cast<std::int64_t>(split.left_categories.size()));
    for (const double category : split.left_categories) bytes.add(category);
  }
  hash.add(bytes.all());
}

}  // namespace

Result<Forest> Forest::make(Forest forest) {
  if (forest.num_classes == 0) return bad_forest("it has no class");
  if (forest.trees.empty()) return bad_forest("it has no tree");
  if (forest.kind == PredictorKind::decision_tree_classifier && forest.trees.size() != 1)
    return bad_forest("a decision tree is one tree, not " + std::to_string(forest.trees.size()));
  if (forest.tree_uids.size() != forest.trees.size())
    return bad_forest("it has " + std::to_string(forest.tree_uids.size()) + " tree uids for " +
                      std::to_string(forest.trees.size()) + " trees");
  for (std::size_t index = 0; index < forest.trees.size(); ++index)
    CHURNSTREAM_TRY(check_votes(forest.trees[index], index, forest.num_classes));
  CHURNSTREAM_TRY(check_thresholds(forest));
  CHURNSTREAM_TRY(check_params(forest.params, forest.param_list(), forest.uid));
  return forest;
}

const char* Forest::class_name() const {
  return kind == PredictorKind::random_forest_classifier
             ? "org.apache.spark.ml.classification.RandomForestClassificationModel"
             : "org.apache.spark.ml.classification.DecisionTreeClassificationModel";
}

const ParamList& Forest::param_list() const {
  static const ParamList kForestParams = params_with({{"bootstrap", ParamKind::flag, true},
                                                      {"featureSubsetStrategy", ParamKind::text, "auto"},
                                                      {"numTrees", ParamKind::integer, 20},
                                                      {"seed", ParamKind::integer, kForestSeed},
                                                      {"subsamplingRate", ParamKind::number, 1.0}});
  return kind == PredictorKind::random_forest_classifier ? kForestParams : tree_param_list();
}

const ParamList& tree_param_list() {
  static const ParamList kTreeParams = params_with({{"seed", ParamKind::integer, kTreeSeed}});
  return kTreeParams;
}

ParamMaps Forest::saved_params() const {
  ParamMaps saved = params;
  saved.set.erase("thresholds");
  if (thresholds.empty()) return saved;
  nlohmann::json items = nlohmann::json::array();
  for (const double threshold : thresholds) items.push_back(json_of(threshold));
  saved.set["thresholds"] = items;
  return saved;
}

std::string Forest::features_column() const {
  return effective_param(params, param_list(), "featuresCol").get<std::string>();
}

void Forest::add_to_fingerprint(Sha256& hash) const {
  hash.add_text(class_name());
  add_params_to_fingerprint(hash, saved_params(), param_list());
  hash.add(static_cast<std::int64_t>(num_features));
  hash.add(static_cast<std::int64_t>(num_classes));
  hash.add(static_cast<std::int64_t>(trees.size()));
  for (const Tree& tree : trees) add_tree(hash, tree);
}

std::size_t Forest::num_nodes() const {
  std::size_t sum = 0;
  for (const Tree& tree : trees) sum += tree.num_nodes();
  return sum;
}

std::vector<double> Forest::feature_importances() const {
  std::vector<double> importances(num_features, 0.0);
  for (const Tree& tree : trees) {
    std::vector<double> of_tree = tree_importances(tree, num_features);
    normalise(of_tree);
    for (std::size_t feature = 0; feature < num_features; ++feature) importances[feature] += of_tree[feature];
  }
  normalise(importances);
  return importances;
}

}  // namespace churnstream
