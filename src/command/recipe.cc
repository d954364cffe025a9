#include "command/recipe.h"

#include <fmt/format.h>

#include <algorithm>

#include "config/config_file.h"

namespace churnstream {
namespace {

constexpr const char* kForest = "random_forest_classifier";
constexpr const char* kTree = "decision_tree_classifier";
constexpr std::int64_t kSplitSeed = 42;

Options data_options() {
  Options options("data", "The customers to learn from.");
  options.path("path", "A CSV file with a header line.").required();
  options.text("key", "The column with the customer's id; no feature, not looked at when rows are compared.");
  options.text("label", "The column that says who left.").required();
  options.text("positive", "The value of the label that means: this customer left.").fallback("Yes");
  options.text("value", "A column with money per month: evaluations add up what is at risk.");
  return options;
}

Options prepare_options() {
  const std::vector<std::string> none;
  Options options("prepare", "What happens to the rows before anything is learned.");
  options
      .flag("drop_duplicates",
            "Keep one of several rows that are equal in every column but the key. Fitting only.")
      .fallback(false);
  options.texts("drop_missing", "Rows with nothing in one of these columns are left out. Fitting only.")
      .fallback(none);
  options
      .table("missing",
             "Numbers that stand for a missing one, by column. Saved with the model and used whenever it "
             "scores.")
      .fallback(std::map<std::string, double>{});
  return options;
}

Options features_options() {
  const std::vector<std::string> none;
  Options options("features", "What the model sees.");
  options.texts("columns", "The columns in the order of the feature vector.").required();
  options.texts("categorical", "Those of them that are categories; the others are numbers.").fallback(none);
  options.text("encoder", "How a category becomes a number: index, the place of its label.")
      .one_of({"index"})
      .fallback("index");
  options.text("string_order", "The order of the labels, as Spark's StringIndexer has it.")
      .one_of({"frequencyDesc", "frequencyAsc", "alphabetDesc", "alphabetAsc"})
      .fallback("frequencyDesc");
  options
      .text("handle_invalid",
            "An unseen or missing category gets a place of its own (keep), drops the row (skip) or refuses "
            "it (error).")
      .one_of({"keep", "skip", "error"})
      .fallback("keep");
  options.text("fit_on", "Which rows teach the encoders: the training part, or all that were prepared.")
      .one_of({"train", "all"})
      .fallback("train");
  return options;
}

// Params that have no default here have Spark's, and then stay out of the saved model's own params.
void add_tree_options(Options& options) {
  options.integer("maxDepth", "The most splits from root to leaf; Spark's default is 5.").between(0, 30);
  options.integer("maxBins", "The most bins of a feature; Spark's default is 32.").between(2, 65'535);
  options.integer("minInstancesPerNode", "The least rows of a leaf; Spark's default is 1.").at_least(1);
  options.number("minWeightFractionPerNode", "The least share of all rows in a leaf; Spark's default is 0.")
      .between(0, 0.5);
  options.number("minInfoGain", "The least gain of a split; Spark's default is 0.").at_least(0);
  options.text("impurity", "gini or entropy; Spark's default is gini.").one_of({"gini", "entropy"});
  options.numbers(
      "thresholds",
      "Spark's thresholds, one per class: the class with the largest probability / threshold is predicted.");
  options
      .integer(
          "maxMemoryInMB",
          "How much a round of growing may hold; changes the order of the draws. Spark's default is 256.")
      .between(0, 1'048'576);
  options.integer("seed", "Every random number comes from it. Default: the one Spark gives the class.");
  options
      .flag("pruneTree",
            "Merge leaves that predict the same class, as Spark does; false keeps their probabilities apart.")
      .fallback(true);
  options.text("sparkVersion", "Whose order of drawing is followed where Spark 3 and 4 differ.")
      .one_of({"3", "4"})
      .fallback("3");
}

Options forest_options() {
  Options options(std::string("model.") + kForest,
                  "A random forest, Spark's RandomForestClassifier with its params.");
  options.integer("numTrees", "Spark's default is 20.").between(1, 1'000'000);
  options.text("featureSubsetStrategy",
               "Features each node looks at: auto, all, sqrt, log2, onethird, a count (\"5\") or a share "
               "(\"0.5\"); Spark's default is auto.");
  options.number("subsamplingRate", "Rows of a tree's bag as a share of all; Spark's default is 1.")
      .between(0, 1);
  options.flag("bootstrap", "Draw bags with replacement; Spark's default is true.");
  add_tree_options(options);
  return options;
}

Options tree_options() {
  Options options(std::string("model.") + kTree,
                  "A single tree, Spark's DecisionTreeClassifier with its params.");
  add_tree_options(options);
  return options;
}

Options split_options() {
  Options options("split",
                  "Spark's randomSplit into a training and a test part. Left out: everything is trained on.");
  options.numbers("weights", "The shares of the two parts.").fallback(std::vector<double>{0.8, 0.2});
  options.integer("seed", "Which rows go where.").fallback(kSplitSeed);
  return options;
}

// Option, figure of cross-validation, whether it is the least.
struct GateOption {
  const char* option;
  const char* figure;
  bool is_least;
};
constexpr GateOption kGates[] = {
    {"auc_min", "AUC", true},          {"accuracy_min", "accuracy", true},
    {"lift_10_min", "lift@10%", true}, {"log_loss_max", "log-loss", false},
    {"brier_max", "Brier", false},     {"ece_max", "ECE", false},
};

Options gates_options() {
  Options options(
      "gates", "What cross-validation must reach; a gate that is missed ends the program with exit code 1.");
  for (const GateOption& gate : kGates)
    options.number(gate.option,
                   fmt::format("The {} mean of {}.", gate.is_least ? "least" : "largest", gate.figure));
  return options;
}

Options output_options() {
  Options options("output", "Where the model goes.");
  options.path("path", "A Spark ML PipelineModel directory; an older model there is replaced.")
      .fallback("model");
  return options;
}

bool contains(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

Result<void> read_data(const ConfigFile& file, Recipe& recipe) {
  CHURNSTREAM_TRY_ASSIGN(const Config config, file.read("data", data_options()));
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
  CHURNSTREAM_TRY_ASSIGN(const Config config, file.read("features", features_options()));
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
  CHURNSTREAM_TRY_ASSIGN(const Config config, file.read("prepare", prepare_options()));
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
  if (type != kForest && type != kTree)
    return file.point_at("model", "type",
                         fmt::format("unknown model \"{}\": it is {} or {}", type, kForest, kTree));
  const bool is_forest = type == kForest;
  const Options options = is_forest ? forest_options() : tree_options();
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
  CHURNSTREAM_TRY_ASSIGN(const Config config, file.read("split", split_options()));
  SplitPlan split{config.numbers("weights"), config.integer("seed")};
  const auto is_positive = [](double weight) { return weight > 0; };
  if (split.weights.size() != 2 || !std::all_of(split.weights.begin(), split.weights.end(), is_positive))
    return file.point_at("split", "weights", "there must be two positive weights: training, test");
  recipe.split = std::move(split);
  return {};
}

Result<void> read_gates(const ConfigFile& file, Recipe& recipe) {
  CHURNSTREAM_TRY_ASSIGN(const Config config, file.read("gates", gates_options()));
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

std::vector<Options> recipe_options() {
  return {data_options(), prepare_options(), features_options(), forest_options(),
          tree_options(), split_options(),   gates_options(),    output_options()};
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
  CHURNSTREAM_TRY_ASSIGN(const Config output, file.read("output", output_options()));
  recipe.output = output.path("path");
  return recipe;
}

}  // namespace churnstream
