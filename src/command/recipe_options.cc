#include "command/recipe_options.h"

#include <fmt/format.h>

#include "command/recipe.h"

namespace churnstream {
namespace {

constexpr std::int64_t kSplitSeed = 42;  // the original's

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

}  // namespace

Options recipe_data_options() {
  Options options("data", "The customers to learn from.");
  options.path("path", "A CSV file with a header line.").required();
  options.text("key", "The column with the customer's id; no feature, not looked at when rows are compared.");
  options.text("label", "The column that says who left.").required();
  options.text("positive", "The value of the label that means: this customer left.").fallback("Yes");
  options.text("value", "A column with money per month: evaluations add up what is at risk.");
  return options;
}

Options recipe_prepare_options() {
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

Options recipe_features_options() {
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

Options recipe_forest_options() {
  Options options(std::string("model.") + kForestType,
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

Options recipe_tree_options() {
  Options options(std::string("model.") + kTreeType,
                  "A single tree, Spark's DecisionTreeClassifier with its params.");
  add_tree_options(options);
  return options;
}

Options recipe_split_options() {
  Options options("split",
                  "Spark's randomSplit into a training and a test part. Left out: everything is trained on.");
  options.numbers("weights", "The shares of the two parts.").fallback(std::vector<double>{0.8, 0.2});
  options.integer("seed", "Which rows go where.").fallback(kSplitSeed);
  return options;
}

Options recipe_gates_options() {
  Options options(
      "gates", "What cross-validation must reach; a gate that is missed ends the program with exit code 1.");
  for (const GateOption& gate : kGates)
    options.number(gate.option,
                   fmt::format("The {} mean of {}.", gate.is_least ? "least" : "largest", gate.figure));
  return options;
}

Options recipe_output_options() {
  Options options("output", "Where the model goes.");
  options.path("path", "A Spark ML PipelineModel directory; an older model there is replaced.")
      .fallback("model");
  return options;
}

std::vector<Options> recipe_options() {
  return {recipe_data_options(),   recipe_prepare_options(), recipe_features_options(),
          recipe_forest_options(), recipe_tree_options(),    recipe_split_options(),
          recipe_gates_options(),  recipe_output_options()};
}

}  // namespace churnstream
