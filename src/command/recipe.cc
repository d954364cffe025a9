#include "command/recipe.h"

#include <fmt/format.h>

#include <algorithm>

#include "command/recipe_options.h"
#include "config/config_file.h"

namespace churnstream {
namespace {

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<void> read_data(const ConfigFile& file, Recipe& recipe) {
  CHURNSTREAM_TRY_ASSIGN(const Config config, file.read("data", recipe_data_options()));
  recipe.data = config.path("path");
  if (config.has("key")) recipe.key = config.text("key");
  recipe.label = config.text("label");
  recipe.positive = config.text("positive");
  if (config.has("value")) recipe.value = config.text("value");
  if (recipe.key == recipe.label)
    return file.point_at("data", "key", "the key and the label are the same column");
  return {};
}

Result<void> read_features(const ConfigFile& file, Recipe& recipe) {
  CHURNSTREAM_TRY_ASSIGN(const Config config, file.read("features", recipe_features_options()));
  PipelinePlan& plan = recipe.plan;
  plan.columns = config.texts("columns");
  plan.categorical = config.texts("categorical");
  CHURNSTREAM_TRY_ASSIGN(plan.string_order, string_order_of(config.text("string_order")));
  CHURNSTREAM_TRY_ASSIGN(plan.handle_invalid, handle_invalid_of(config.text("handle_invalid")));
  recipe.fits_encoders_on_all = config.text("fit_on") == "all";
  if (plan.columns.empty()) return file.point_at("features", "columns", "there must be at least one");
  for (std::size_t i = 0; i < plan.columns.size(); ++i) {
    const std::string& name = plan.columns[i];
    if (name == recipe.label || name == recipe.key)
      return file.point_at("features", "columns",
                           fmt::format("\"{}\" is the label or the key, no feature", name));
    if (std::count(plan.columns.begin(), plan.columns.end(), name) > 1)
      return file.point_at("features", "columns", fmt::format("\"{}\" is named twice", name));
  }
  for (const std::string& name : plan.categorical)
    if (!contains(plan.columns, name))
      return file.point_at("features", "categorical", fmt::format("\"{}\" is not among the columns", name));
  return {};
}

Result<void> read_prepare(const ConfigFile& file, Recipe& recipe) {
  CHURNSTREAM_TRY_ASSIGN(const Config config, file.read("prepare", recipe_prepare_options()));
  recipe.drop_duplicates = config.flag("drop_duplicates");
  recipe.drop_missing = config.texts("drop_missing");
  recipe.plan.missing = config.table("missing");
  for (const auto& [name, value] : recipe.plan.missing)
    if (!contains(recipe.plan.columns, name) || contains(recipe.plan.categorical, name))
      return file.point_at("prepare", "missing",
                           fmt::format("\"{}\" is no feature that holds numbers", name));
  return {};
}

// Spark's params that were given, under Spark's names: doubles stay doubles, as Spark demands.
nlohmann::json given_params(const Config& config, const Options& options) {
  nlohmann::json params = nlohmann::json::object();
  for (const Option& option : options.all()) {
    if (option.name == "pruneTree" || option.name == "sparkVersion" || !config.has(option.name)) continue;
    switch (option.kind) {
      case OptionKind::integer: params[option.name] = config.integer(option.name); break;
      case OptionKind::number: params[option.name] = config.number(option.name); break;
      case OptionKind::flag: params[option.name] = config.flag(option.name); break;
      case OptionKind::numbers: params[option.name] = config.numbers(option.name); break;
      default: params[option.name] = config.text(option.name);
    }
  }
  return params;
}

ForestParams forest_params(PredictorKind kind, const nlohmann::json& given) {
  ForestParams params;
  params.kind = kind;
  if (kind == PredictorKind::decision_tree_classifier) params.num_trees = 1;
  params.num_trees = given.value("numTrees", params.num_trees);
  params.max_depth = given.value("maxDepth", params.max_depth);
  params.max_bins = given.value("maxBins", params.max_bins);
  params.min_instances_per_node = given.value("minInstancesPerNode", params.min_instances_per_node);
  params.min_weight_fraction_per_node =
      given.value("minWeightFractionPerNode", params.min_weight_fraction_per_node);
  params.min_info_gain = given.value("minInfoGain", params.min_info_gain);
  params.impurity = given.value("impurity", "gini") == "gini" ? Impurity::gini : Impurity::entropy;
  params.feature_subset_strategy = given.value("featureSubsetStrategy", params.feature_subset_strategy);
  params.subsampling_rate = given.value("subsamplingRate", params.subsampling_rate);
  params.bootstrap = given.value("bootstrap", params.bootstrap);
  params.max_memory_mb = given.value("maxMemoryInMB", params.max_memory_mb);
  params.thresholds = given.value("thresholds", params.thresholds);
  params.seed = given.value("seed", spark_defaults(kind)["seed"].get<std::int64_t>());
  return params;
}

Result<void> read_model(const ConfigFile& file, Recipe& recipe) {
  CHURNSTREAM_TRY_ASSIGN(const std::string type, file.chooser("model", "type"));
  if (type != kForestType && type != kTreeType)
    return file.point_at("model", "type",
                         fmt::format("unknown model \"{}\": it is {} or {}", type, kForestType, kTreeType));
  const bool is_forest = type == kForestType;
  const Options options = is_forest ? recipe_forest_options() : recipe_tree_options();
  CHURNSTREAM_TRY_ASSIGN(const Config config, file.read("model", options, "type"));
  PipelinePlan& plan = recipe.plan;
  plan.params_set = given_params(config, options);
  plan.forest = forest_params(
      is_forest ? PredictorKind::random_forest_classifier : PredictorKind::decision_tree_classifier,
      plan.params_set);
  plan.forest.prune_tree = config.flag("pruneTree");
  plan.forest.map_order = config.text("sparkVersion") == "4" ? MapOrder::scala_2_13 : MapOrder::scala_2_12;
  CHURNSTREAM_TRY(plan.forest.check());
  const auto subset =
      features_per_node(plan.forest.feature_subset_strategy, plan.forest.num_trees, plan.columns.size());
  if (!subset) return file.point_at("model", "featureSubsetStrategy", subset.error().message);
  return {};
}

Result<void> read_split(const ConfigFile& file, Recipe& recipe) {
  if (!file.has("split")) return {};
  CHURNSTREAM_TRY_ASSIGN(const Config config, file.read("split", recipe_split_options()));
  SplitPlan split{config.numbers("weights"), config.integer("seed")};
  const auto is_positive = [](double weight) { return weight > 0; };
  if (split.weights.size() != 2 || !std::all_of(split.weights.begin(), split.weights.end(), is_positive))
    return file.point_at("split", "weights", "there must be two positive weights: training, test");
  recipe.split = std::move(split);
  return {};
}

Result<void> read_gates(const ConfigFile& file, Recipe& recipe) {
  CHURNSTREAM_TRY_ASSIGN(const Config config, file.read("gates", recipe_gates_options()));
  for (const GateOption& gate : kGates)
    if (config.has(gate.option))
      recipe.gates.push_back({gate.figure, config.number(gate.option), gate.is_least});
  return {};
}

}  // namespace

void Recipe::set_seed(std::int64_t seed) {
  plan.forest.seed = seed;
  plan.params_set["seed"] = seed;
}

Result<Recipe> load_recipe(const Path& path) {
  CHURNSTREAM_TRY_ASSIGN(const ConfigFile file, ConfigFile::load(path));
  CHURNSTREAM_TRY(file.only({"data", "prepare", "features", "model", "split", "gates", "output"}));
  Recipe recipe;
  recipe.file = path;
  CHURNSTREAM_TRY_ASSIGN(recipe.text, read_file(path));
  CHURNSTREAM_TRY(read_data(file, recipe));
  CHURNSTREAM_TRY(read_features(file, recipe));
  CHURNSTREAM_TRY(read_prepare(file, recipe));
  CHURNSTREAM_TRY(read_model(file, recipe));
  CHURNSTREAM_TRY(read_split(file, recipe));
  CHURNSTREAM_TRY(read_gates(file, recipe));
  CHURNSTREAM_TRY_ASSIGN(const Config output, file.read("output", recipe_output_options()));
  recipe.output = output.path("path");
  return recipe;
}

}  // namespace churnstream
