#include "model/reference_notes.h"

#include <algorithm>
#include <optional>

namespace churnstream {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kBinsMax = 1'000;

template <typename Value>
std::optional<std::vector<Value>> list_in(const Json& json, const char* name) {
  if (!json.is_object() || !json.contains(name) || !json[name].is_array() || json[name].size() > kBinsMax)
    return std::nullopt;
  std::vector<Value> values;
  for (const Json& one : json[name]) {
    const bool is_well = std::is_same_v<Value, std::string> ? one.is_string()
                         : std::is_same_v<Value, double>    ? one.is_number()
                                                            : one.is_number_unsigned();
    if (!is_well) return std::nullopt;
    values.push_back(one.get<Value>());
  }
  return values;
}

template <typename Value>
bool ascends(const std::vector<Value>& values) {
  return std::adjacent_find(values.begin(), values.end(), std::greater_equal<Value>()) == values.end();
}

std::optional<ColumnReference> column_in(const Json& json) {
  const auto counts = list_in<std::uint64_t>(json, "counts");
  if (!counts || !json.contains("name") || !json["name"].is_string()) return std::nullopt;
  ColumnReference column{.name = json["name"], .counts = *counts};
  if (auto edges = list_in<double>(json, "edges")) {
    column.type = ColumnType::number;
    column.edges = *std::move(edges);
  } else if (auto values = list_in<std::string>(json, "values")) {
    column.values = *std::move(values);
  } else {
    return std::nullopt;
  }
  const bool is_well =
      ascends(column.edges) && ascends(column.values) && column.counts.size() == column.num_bins();
  return is_well ? std::optional(std::move(column)) : std::nullopt;
}

}  // namespace

nlohmann::json reference_json(const std::vector<ColumnReference>& columns) {
  Json all = Json::array();
  for (const ColumnReference& column : columns) {
    Json one{{"name", column.name}, {"counts", column.counts}};
    if (column.type == ColumnType::number)
      one["edges"] = column.edges;
    else
      one["values"] = column.values;
    all.push_back(std::move(one));
  }
  return all;
}

std::vector<ColumnReference> reference_columns(const ModelNotes& notes) {
  std::vector<ColumnReference> columns;
  const Json& extra = notes.extra;
  if (!extra.is_object() || !extra.contains("reference") || !extra["reference"].is_array()) return columns;
  for (const Json& one : extra["reference"])
    if (auto column = column_in(one)) columns.push_back(*std::move(column));
  return columns;
}

std::vector<std::uint64_t> reference_scores(const ModelNotes& notes) {
  const Json& extra = notes.extra;
  if (!extra.is_object() || !extra.contains("scoreHistogram")) return {};
  return list_in<std::uint64_t>(extra["scoreHistogram"], "counts").value_or(std::vector<std::uint64_t>());
}

}  // namespace churnstream
