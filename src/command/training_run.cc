// The walk of a training: data, cross-validation, fitting, evaluation, the saved model.
#include "command/training_run.h"

#include <fmt/format.h>

#include <cmath>
#include <cstdio>

#include "base/numbers.h"
#include "base/progress_bar.h"
#include "command/cross_validation.h"
#include "command/evaluation_text.h"
#include "command/scored_rows.h"
#include "command/training_data.h"
#include "model/pipeline_model.h"
#include "model/reference_notes.h"

namespace churnstream {
namespace {

constexpr std::size_t kHistogramBins = 20;
constexpr std::size_t kImportancesShown = 5;
const std::string kFeatures = "features";

// What is printed, in both forms, in the order in which it becomes known.
struct Report {
  bool is_silent = false;
  nlohmann::ordered_json json = nlohmann::ordered_json::object();

  void say(const std::string& text) const {
    if (is_silent) return;
    std::fputs(text.c_str(), stdout);
    std::fflush(stdout);
  }
};

Result<void> check_gates(const std::vector<Gate>& gates, const CrossValidation& validation, Report& report) {
  std::string missed;
  for (const Gate& gate : gates) {
    const double mean = validation.mean(gate.figure);
    const bool is_met = gate.is_least ? mean >= gate.bound : mean <= gate.bound;
    report.say(line_of(
        "gate", fmt::format("{} {:.4f} {} {}: {}", gate.figure, mean,
                            gate.is_least ? ">=" : "<=", shortest(gate.bound), is_met ? "met" : "MISSED")));
    report.json["gates"].push_back({{"figure", gate.figure},
                                    {"mean", mean},
                                    {gate.is_least ? "least" : "most", gate.bound},
                                    {"met", is_met}});
    if (!is_met) missed += (missed.empty() ? "" : ", ") + gate.figure;
  }
  if (missed.empty()) return {};
  return failed("cross-validating", "the recipe", "gates were missed, so nothing was saved: " + missed);
}

Result<void> validate(const TrainArguments& arguments, const Recipe& recipe, const TrainingData& data,
                      Report& report) {
  CrossValidationSettings settings;
  settings.num_folds = arguments.folds;
  settings.num_repeats = arguments.repeats;
  settings.threads = arguments.threads;
  settings.positive_class = data.positive_class;
  settings.value_column = recipe.value;
  report.say(line_of("cross-validation",
                     fmt::format("{} x {} folds of {} rows, fold seed {}", arguments.repeats, arguments.folds,
                                 with_commas(data.labels.size()), settings.seed)));
  CHURNSTREAM_TRY_ASSIGN(
      const CrossValidation validation,
      cross_validate(recipe.plan, data.rows, data.labels, data.class_labels.size(), settings));
  report.say(cross_validation_text(validation));
  report.json["crossValidation"] = cross_validation_json(validation);
  return check_gates(recipe.gates, validation, report);
}

// Distinct (row, tree) pairs in the bags, on average: for the progress bar.
std::uint64_t expected_bag_rows(const ForestParams& params, std::size_t num_rows) {
  const bool is_forest = params.kind == PredictorKind::random_forest_classifier;
  const double share = !is_forest         ? 1
                       : params.bootstrap ? 1 - std::exp(-params.subsampling_rate)
                                          : params.subsampling_rate;
  return static_cast<std::uint64_t>(share * static_cast<double>(num_rows) *
                                    static_cast<double>(params.num_trees));
}

Result<FittedPipeline> fit(const TrainArguments& arguments, const Recipe& recipe, const TrainingData& data) {
  const std::vector<std::size_t>& part = data.parts.front();
  const RecordBatch rows = data.rows.take(part);
  ProgressBar progress(
      {.what = "training", .unit = "rows", .total = expected_bag_rows(recipe.plan.forest, part.size())});
  return fit_pipeline(recipe.plan, recipe.fits_encoders_on_all ? data.rows : rows, rows, data.labels_of(part),
                      data.class_labels.size(), arguments.threads,
                      [&progress](std::size_t rows_settled) { progress.add(rows_settled); });
}

std::string model_text(const Forest& forest, const ForestParams& params) {
  std::size_t depth = 0;
  for (const Tree& tree : forest.trees) depth = std::max(depth, tree.depth());
  const bool is_forest = forest.kind == PredictorKind::random_forest_classifier;
  return fmt::format("{}, {} {}, {} nodes, depth {}, seed {}", is_forest ? "random forest" : "decision tree",
                     with_commas(forest.trees.size()), forest.trees.size() == 1 ? "tree" : "trees",
                     with_commas(forest.num_nodes()), depth, params.seed);
}

// Columns with their importances, the largest first; equal ones in the order of the vector.
std::vector<std::pair<std::string, double>> importances_of(const Forest& forest,
                                                           const std::vector<std::string>& columns) {
  const std::vector<double> values = forest.feature_importances();
  std::vector<std::pair<std::string, double>> importances;
  for (std::size_t f = 0; f < values.size(); ++f) importances.emplace_back(columns[f], values[f]);
  std::stable_sort(importances.begin(), importances.end(),
                   [](const auto& a, const auto& b) { return a.second > b.second; });
  return importances;
}

// Scores a part and reports on it: the test part in full, the training part by its accuracy alone when there
// is a test part, since a forest always flatters the rows it learned from.
Result<ScoredRows> evaluate_part(const FittedPipeline& fitted, const Recipe& recipe, const TrainingData& data,
                                 std::size_t index, Report& report) {
  const bool is_training = index == 0;
  const std::string name = is_training ? "train" : "test";
  const std::vector<std::size_t>& part = data.parts[index];
  CHURNSTREAM_TRY_ASSIGN(ScoredPart scored,
                         score_part({fitted.stages, kFeatures, fitted.forest}, data.rows.take(part),
                                    data.labels_of(part), recipe.value));
  if (scored.num_left_out > 0)
    report.say(line_of(name, fmt::format("{} rows could not be scored; the first: {}",
                                         with_commas(scored.num_left_out), scored.first_reason)));
  if (scored.rows.labels.empty())
    return wrong("evaluating", "the " + name + " part", "it has no rows that can be scored");
  const Evaluation evaluation = evaluate(scored.rows, data.positive_class);
  report.json[name] = evaluation_json(evaluation, data.class_labels);
  if (is_training) {
    report.say(line_of("train accuracy", shortest(evaluation.classes.accuracy)));
    return std::move(scored.rows);
  }
  report.say(line_of("test rows", with_commas(scored.rows.labels.size())));
  report.say(evaluation_text(evaluation, data.class_labels, recipe.value, name));
  return std::move(scored.rows);
}

ModelNotes notes_of(const Recipe& recipe, const TrainingData& data, const FittedPipeline& fitted,
                    const ScoredRows& reference, const Report& report) {
  ModelNotes notes{data.rows.schema(), recipe.key, recipe.label, recipe.positive, data.label_place,
                   data.class_labels,  {}};
  notes.extra = {{"recipe", recipe.text},
                 {"data",
                  {{"file", recipe.data.filename().string()},
                   {"sha256", data.fingerprint},
                   {"rowsRead", data.counts.read},
                   {"rowsKept", data.counts.kept},
                   {"rowsTrained", data.parts.front().size()}}},
                 {"metrics", nlohmann::json::object()},
                 {"value", recipe.value}};
  for (const char* part : {"train", "test", "crossValidation"})
    if (report.json.contains(part)) notes.extra["metrics"][part] = report.json[part];
  notes.extra["scoreHistogram"] = {
      {"part", data.parts.size() > 1 ? "test" : "train"},
      {"counts", score_histogram(positive_probabilities(reference, data.positive_class), kHistogramBins)}};
  notes.extra["reference"] =
      reference_json(references_of(data.rows.take(data.parts.front()), {recipe.key, recipe.label}));
  for (const auto& [name, value] : importances_of(fitted.forest, recipe.plan.columns))
    notes.extra["importances"][name] = value;
  return notes;
}

Result<void> save(const Recipe& recipe, const FittedPipeline& fitted, ModelNotes notes, Report& report) {
  std::string basis = fitted.forest.uid;
  for (const auto& stage : fitted.stages) basis += " " + stage->uid();
  const PipelineModel model(make_uid("PipelineModel", basis), fitted.stages, fitted.forest, kFeatures,
                            std::move(notes));
  CHURNSTREAM_TRY(model.save(recipe.output));
  report.say(
      line_of("saved", fmt::format("{}, fingerprint {}", recipe.output.string(), model.fingerprint())));
  report.json["saved"] = {{"path", recipe.output.string()}, {"fingerprint", model.fingerprint()}};
  return {};
}

void report_data(const Recipe& recipe, const TrainingData& data, Report& report) {
  const PreparationCounts& counts = data.counts;
  report.say(line_of("data", preparation_text(counts, recipe.drop_missing)));
  if (counts.refused > 0) report.say(line_of("refused", "the first: " + data.first_refusal));
  report.json["data"] = {{"read", counts.read},
                         {"refused", counts.refused},
                         {"unlabelled", counts.unlabelled},
                         {"duplicates", counts.duplicates},
                         {"missing", counts.missing},
                         {"kept", counts.kept}};
  if (data.parts.size() < 2) return;
  report.say(
      line_of("split", fmt::format("{} rows to train, {} to test, seed {}", with_commas(data.parts[0].size()),
                                   with_commas(data.parts[1].size()), recipe.split->seed)));
  report.json["data"]["train"] = data.parts[0].size();
  report.json["data"]["test"] = data.parts[1].size();
}

}  // namespace

Result<void> run_training(const TrainArguments& arguments) {
  CHURNSTREAM_TRY_ASSIGN(Recipe recipe, load_recipe(arguments.recipe));
  if (arguments.seed) recipe.set_seed(*arguments.seed);
  if (!arguments.out.empty()) recipe.output = arguments.out;
  CHURNSTREAM_TRY_ASSIGN(const TrainingData data, load_training_data(recipe));
  Report report{.is_silent = arguments.as_json || arguments.is_quiet};
  report_data(recipe, data, report);
  if (arguments.folds > 0) CHURNSTREAM_TRY(validate(arguments, recipe, data, report));

  CHURNSTREAM_TRY_ASSIGN(const FittedPipeline fitted, fit(arguments, recipe, data));
  report.say(line_of("model", model_text(fitted.forest, recipe.plan.forest)));
  ScoredRows reference;
  for (std::size_t part = 0; part < data.parts.size(); ++part) {
    CHURNSTREAM_TRY_ASSIGN(reference, evaluate_part(fitted, recipe, data, part, report));
  }
  const auto importances = importances_of(fitted.forest, recipe.plan.columns);
  for (std::size_t i = 0; i < std::min(importances.size(), kImportancesShown); ++i)
    report.say(line_of(i == 0 ? "importances" : "",
                       fmt::format("{} {:.12g}", importances[i].first, importances[i].second)));
  CHURNSTREAM_TRY(save(recipe, fitted, notes_of(recipe, data, fitted, reference, report), report));
  if (arguments.as_json) std::printf("%s\n", report.json.dump(2).c_str());
  return {};
}

}  // namespace churnstream
