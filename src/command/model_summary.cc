#include "command/model_summary.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "base/numbers.h"
#include "command/evaluation_text.h"
#include "feature/imputer.h"
#include "feature/string_indexer.h"
#include "feature/vector_assembler.h"

namespace churnstream {
namespace {

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

void add_line(std::string& text, const std::string& name, const std::string& value) {
  text += name + std::string(name.size() < 14 ? 14 - name.size() : 1, ' ') + value + "\n";
}

void add_indented(std::string& text, const std::string& lines) {
  text += "  ";
  for (const char byte : lines) text += byte == '\n' ? "\n  " : std::string(1, byte);
  text += "\n";
}

}  // namespace

std::string short_class(const std::string& name) { return name.substr(name.rfind('.') + 1); }

std::vector<std::size_t> by_importance(const std::vector<double>& importances) {
  std::vector<std::size_t> order(importances.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::size_t a, std::size_t b) { return importances[a] > importances[b]; });
  return order;
}

std::size_t depth_of(const Forest& forest) {
  std::size_t deepest = 0;
  for (const Tree& tree : forest.trees) deepest = std::max(deepest, tree.depth());
  return deepest;
}

std::vector<std::string> feature_names(const PipelineModel& model) {
  std::map<std::string, std::string> made_of;  // output column -> input column
  std::vector<std::string> names;
  const auto origin_of = [&](const std::string& column) {
    const auto found = made_of.find(column);
    return found == made_of.end() ? column : found->second;
  };
  for (const auto& stage : model.stages()) {
    const StageColumns* columns = nullptr;
    if (const auto* indexer = dynamic_cast<const StringIndexerModel*>(stage.get()))
      columns = &indexer->columns();
    if (const auto* imputer = dynamic_cast<const ImputerModel*>(stage.get())) columns = &imputer->columns();
    if (columns != nullptr)
      for (std::size_t index = 0; index < columns->in.size(); ++index)
        made_of[columns->out[index]] = origin_of(columns->in[index]);
    const auto* assembler = dynamic_cast<const VectorAssembler*>(stage.get());
    if (assembler == nullptr || assembler->output_column() != model.features_column()) continue;
    for (const std::string& column : assembler->input_columns()) names.push_back(origin_of(column));
  }
  const std::size_t num_features = model.predictor().num_features;
  if (names.size() == num_features) return names;
  names.clear();
  for (std::size_t feature = 0; feature < num_features; ++feature)
    names.push_back("feature " + std::to_string(feature));
  return names;
}

std::string summary_text(const PipelineModel& model) {
  const Forest& forest = model.predictor();
  std::string text;
  add_line(text, "model", model.uid());
  add_line(text, "fingerprint", model.fingerprint());
  add_line(text, "predictor", short_class(forest.class_name()));
  add_line(text, "trees", with_commas(forest.trees.size()));
  add_line(text, "nodes", with_commas(forest.num_nodes()));
  add_line(text, "depth", std::to_string(depth_of(forest)));
  add_line(text, "classes", joined(model.class_labels()));
  if (!forest.thresholds.empty()) {
    std::vector<std::string> thresholds;
    for (const double threshold : forest.thresholds) thresholds.push_back(shortest(threshold));
    add_line(text, "thresholds", joined(thresholds));
  }
  if (model.notes()) {
    add_line(text, "key", model.notes()->key);
    add_line(text, "label",
             model.notes()->label + ", " + model.notes()->positive + " is the class that leaves");
  }
  text += "\nstages\n";
  for (const auto& stage : model.stages()) add_indented(text, stage->describe());
  add_indented(text, short_class(forest.class_name()) + ", " + forest.uid);
  text += "\nfeatures by importance\n";
  const std::vector<std::string> names = feature_names(model);
  const std::vector<double> importances = forest.feature_importances();
  for (const std::size_t feature : by_importance(importances)) {
    char number[32];
    std::snprintf(number, sizeof number, "  %.6f  ", importances[feature]);
    text += number + names[feature] + "\n";
  }
  if (model.notes() && !model.notes()->extra.empty()) {
    text += "\nprovenance\n";
    for (const auto& [name, value] : model.notes()->extra.items()) {
      if (name == "recipe" && value.is_string()) continue;  // a whole file; --json has it
      const std::string shown = value.is_string()
                                    ? value.get<std::string>()
                                    : value.dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
      constexpr std::size_t kBytesShown = 200;  // Histograms are for programs.
      text += "  " + name + ": " + shown.substr(0, kBytesShown) + (shown.size() > kBytesShown ? "..." : "") +
              "\n";
    }
  }
  return text;
}

std::string summary_json(const PipelineModel& model) {
  const Forest& forest = model.predictor();
  nlohmann::json stages = nlohmann::json::array();
  for (const auto& stage : model.stages())
    stages.push_back({{"class", stage->class_name()},
                      {"uid", stage->uid()},
                      {"params", stage->params().set},
                      {"describe", stage->describe()}});
  nlohmann::json features = nlohmann::json::array();
  const std::vector<std::string> names = feature_names(model);
  const std::vector<double> importances = forest.feature_importances();
  for (std::size_t feature = 0; feature < names.size(); ++feature)
    features.push_back({{"name", names[feature]}, {"importance", importances[feature]}});
  nlohmann::json json{{"uid", model.uid()},
                      {"fingerprint", model.fingerprint()},
                      {"predictor",
                       {{"class", forest.class_name()},
                        {"uid", forest.uid},
                        {"params", forest.params.set},
                        {"trees", forest.trees.size()},
                        {"nodes", forest.num_nodes()},
                        {"depth", depth_of(forest)},
                        {"num_features", forest.num_features},
                        {"num_classes", forest.num_classes},
                        {"thresholds", forest.thresholds}}},
                      {"class_labels", model.class_labels()},
                      {"stages", stages},
                      {"features", features},
                      {"notes", nullptr}};
  if (model.notes()) {
    nlohmann::json raw = nlohmann::json::array();
    for (const Field& field : model.notes()->raw.fields())
      raw.push_back({{"name", field.name}, {"type", name_of(field.type)}});
    json["notes"] = {{"raw", raw},
                     {"key", model.notes()->key},
                     {"label", model.notes()->label},
                     {"positive", model.notes()->positive},
                     {"extra", model.notes()->extra}};
  }
  return json.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n";
}

}  // namespace churnstream
