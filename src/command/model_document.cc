#include "command/model_document.h"

#include "command/model_summary.h"
#include "model/spark_format/metadata.h"

namespace churnstream {
namespace {

using Json = nlohmann::ordered_json;

constexpr std::size_t kImportancesMax = 50;
constexpr std::int64_t kYear10000Ms = 253'402'300'800'000;  // RFC 3339 has four digits for a year

Json importances_of(const PipelineModel& model) {
  const std::vector<std::string> names = feature_names(model);
  const std::vector<double> importances = model.predictor().feature_importances();
  Json list = Json::array();
  for (const std::size_t feature : by_importance(importances)) {
    if (list.size() == kImportancesMax || !(importances[feature] > 0)) break;
    list.push_back({{"feature", names[feature]}, {"importance", importances[feature]}});
  }
  return list;
}

// Of the notes that `train` leaves; null where there are none of this name.
Json noted(const PipelineModel& model, const char* name) {
  if (!model.notes() || !model.notes()->extra.is_object()) return {};
  const auto found = model.notes()->extra.find(name);
  return found == model.notes()->extra.end() || found->empty() ? Json() : Json(*found);
}

Json text_or_null(const std::string& text) { return text.empty() ? Json() : Json(text); }

}  // namespace

std::string model_document(const PipelineModel& model, std::string_view name,
                           std::optional<EpochMicros> saved_us) {
  const Forest& forest = model.predictor();
  const Json document{{"name", name},
                      {"fingerprint", model.fingerprint()},
                      {"kind", short_class(forest.class_name())},
                      {"trees", forest.trees.size()},
                      {"nodes", forest.num_nodes()},
                      {"depth", depth_of(forest)},
                      {"num_features", forest.num_features},
                      {"class_labels", model.class_labels()},
                      {"label", model.notes() ? text_or_null(model.notes()->label) : Json()},
                      {"positive", model.notes() ? text_or_null(model.notes()->positive) : Json()},
                      {"saved_at", saved_us ? Json(rfc3339(*saved_us)) : Json()},
                      {"data", noted(model, "data")},
                      {"metrics", noted(model, "metrics")},
                      {"importances", importances_of(model)}};
  return document.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string model_document(const PipelineModel& model, const Path& directory) {
  const auto metadata = read_metadata(directory);
  std::optional<EpochMicros> saved_us;
  if (metadata && metadata->timestamp_ms.value_or(-1) >= 0 && *metadata->timestamp_ms < kYear10000Ms)
    saved_us = *metadata->timestamp_ms * 1'000;
  const Path whole = directory.has_filename() ? directory : directory.parent_path();
  return model_document(model, whole.filename().string(), saved_us);
}

}  // namespace churnstream
