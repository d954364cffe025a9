// churnstream evaluate: a saved model against customers whose truth is known.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/numbers.h"
#include "command/evaluation_text.h"
#include "command/scored_rows.h"
#include "command/training_data.h"
#include "command/verbs.h"
#include "model/pipeline_model.h"

namespace churnstream {
namespace {

struct EvaluateArguments {
  std::string model;
  std::string data;
  std::string recipe;
  bool as_json = false;
};

// What to read: the recipe's data with its preparation and split, or a file with the columns the model knows.
Result<Recipe> source_of(const EvaluateArguments& arguments, const PipelineModel& model) {
  if (arguments.recipe.empty() == arguments.data.empty())
    return wrong("evaluating", arguments.model, "give either a data file or --recipe");
  if (!arguments.recipe.empty()) return load_recipe(arguments.recipe);
  if (!model.notes())
    return wrong("evaluating", arguments.model,
                 "the model does not say what its columns and its label are called", "--recipe RECIPE");
  Recipe recipe;
  recipe.data = arguments.data;
  recipe.key = model.notes()->key;
  recipe.label = model.notes()->label;
  recipe.positive = model.notes()->positive;
  recipe.value = model.notes()->extra.value("value", "");
  return recipe;
}

// What the model knows of classes and columns; the labels "0", "1" of a bare one are no names of classes.
KnownModel known_of(const PipelineModel& model) {
  if (!model.notes()) return {};
  return {model.notes()->class_labels, model.notes()->raw};
}

Result<void> evaluate_part(const PipelineModel& model, const Recipe& recipe, const TrainingData& data,
                           std::size_t index, bool as_json, nlohmann::ordered_json& json) {
  const bool is_training = data.parts.size() > 1 && index == 0;
  const std::string name = data.parts.size() == 1 ? "all" : is_training ? "train" : "test";
  const std::vector<std::size_t>& part = data.parts[index];
  CHURNSTREAM_TRY_ASSIGN(const ScoredPart scored,
                         score_part({model.stages(), model.features_column(), model.predictor()},
                                    data.rows.take(part), data.labels_of(part), recipe.value));
  if (scored.rows.labels.empty())
    return wrong("evaluating on", recipe.data.string(),
                 "no row of the " + name + " part can be scored: " + scored.first_reason);
  const Evaluation evaluation = evaluate(scored.rows, data.positive_class);
  json[name] = evaluation_json(evaluation, data.class_labels);
  json[name]["leftOut"] = scored.num_left_out;
  if (as_json) return {};
  std::string text;
  if (scored.num_left_out > 0)
    text += line_of(name + " left out", fmt::format("{} rows; the first: {}",
                                                    with_commas(scored.num_left_out), scored.first_reason));
  if (is_training) {
    text += line_of("train accuracy", shortest(evaluation.classes.accuracy));
  } else {
    text += line_of(name == "all" ? "rows" : "test rows", with_commas(scored.rows.labels.size()));
    text += evaluation_text(evaluation, data.class_labels, recipe.value, name);
  }
  std::fputs(text.c_str(), stdout);
  return {};
}

Result<void> evaluate_model(const EvaluateArguments& arguments) {
  CHURNSTREAM_TRY_ASSIGN(const auto model, PipelineModel::load(arguments.model));
  if (model->is_bare())
    return wrong("evaluating", arguments.model, "it is a predictor without the encoders it needs",
                 "churnstream adopt " + arguments.model + " --recipe RECIPE --out MODEL");
  CHURNSTREAM_TRY_ASSIGN(const Recipe recipe, source_of(arguments, *model));
  CHURNSTREAM_TRY_ASSIGN(const TrainingData data, load_training_data(recipe, known_of(*model)));
  if (data.class_labels.size() != model->predictor().num_classes)
    return wrong("evaluating", arguments.model,
                 fmt::format("it knows {} classes, but the data has {}", model->predictor().num_classes,
                             data.class_labels.size()));
  nlohmann::ordered_json json = {{"model", model->fingerprint()}};
  if (!arguments.as_json) {
    std::fputs(line_of("model", model->fingerprint()).c_str(), stdout);
    std::fputs(line_of("data", preparation_text(data.counts, recipe.drop_missing)).c_str(), stdout);
    if (data.counts.refused > 0)
      std::fputs(line_of("refused", "the first: " + data.first_refusal).c_str(), stdout);
  }
  json["data"] = {{"read", data.counts.read}, {"refused", data.counts.refused}, {"kept", data.counts.kept}};
  for (std::size_t part = 0; part < data.parts.size(); ++part)
    CHURNSTREAM_TRY(evaluate_part(*model, recipe, data, part, arguments.as_json, json));
  if (arguments.as_json) std::printf("%s\n", json.dump(2).c_str());
  return {};
}

}  // namespace

Verb evaluate_verb() {
  return {"evaluate", "Say how good a model is on customers whose truth is known.",
          "churnstream evaluate model --recipe examples/telco/recipe.toml", [](CLI::App& app) {
            auto arguments = std::make_shared<EvaluateArguments>();
            app.add_option("model", arguments->model, "A saved model.")->required();
            app.add_option("data", arguments->data, "A CSV file with the label in it.");
            app.add_option("--recipe", arguments->recipe,
                           "Take data, preparation and split from this recipe instead.");
            app.add_flag("--json", arguments->as_json, "Print one JSON object.");
            return [arguments] { return evaluate_model(*arguments); };
          }};
}

}  // namespace churnstream
