#include "decode/json_layout.h"

#include <fmt/format.h>

#include <algorithm>

namespace churnstream {
namespace {

constexpr std::string_view kDoing = "preparing to read JSON";
constexpr std::string_view kFromTop = "$.";

// Where a column lies, from the top of the record.
Result<JsonPath> place_of(const std::string& column, const JsonSettings& settings, const JsonPath& root) {
  JsonPath place = root;
  const auto written = settings.paths.find(column);
  if (written == settings.paths.end()) {
    place.push_back(column);
    return place;
  }
  const std::string_view text = written->second;
  if (text.starts_with(kFromTop)) return json_path_of(text.substr(kFromTop.size()));
  CHURNSTREAM_TRY_ASSIGN(const JsonPath inside, json_path_of(text));
  place.insert(place.end(), inside.begin(), inside.end());
  return place;
}

Result<void> check_paths(const JsonSettings& settings) {
  for (const auto& [name, path] : settings.paths)
    if (!settings.columns.find(name) && name != settings.label && name != settings.event_time)
      return wrong(kDoing, "", fmt::format("there is a path for \"{}\", which is none of the columns", name));
  return {};
}

// The columns' names by the nodes where their values lie.
using Wanted = std::vector<std::pair<JsonFields::Node, std::string>>;

Result<void> check_nesting(const JsonFields& fields, JsonFields::Node root, const Wanted& wanted) {
  for (const auto& [node, name] : wanted) {
    if (fields.has_fields(node) || fields.is_within(root, node))
      return wrong(
          kDoing, "",
          fmt::format("column \"{}\" lies at \"{}\", and other columns inside it", name, fields.name(node)));
  }
  return {};
}

}  // namespace

Result<JsonLayout> json_layout_of(const JsonSettings& settings) {
  CHURNSTREAM_TRY(check_paths(settings));
  JsonLayout layout;
  JsonPath root;
  if (!settings.root.empty()) {
    CHURNSTREAM_TRY_ASSIGN(root, json_path_of(settings.root));
  }
  layout.root = layout.fields.add(root);
  Wanted wanted;
  const auto add = [&](const std::string& name, JsonFields::Node& node) -> Result<void> {
    CHURNSTREAM_TRY_ASSIGN(const JsonPath place, place_of(name, settings, root));
    node = layout.fields.add(place);
    wanted.emplace_back(node, name);
    return {};
  };
  for (std::size_t column = 0; column < settings.columns.size(); ++column) {
    const Field& field = settings.columns[column];
    JsonLayout::Cell cell{JsonFields::kNone, column};
    CHURNSTREAM_TRY(add(field.name, cell.node));
    (field.type == ColumnType::text ? layout.texts : layout.numbers).push_back(cell);
    if (field.name == settings.key) layout.key = cell.node;
  }
  if (!settings.label.empty()) CHURNSTREAM_TRY(add(settings.label, layout.label));
  if (!settings.event_time.empty()) CHURNSTREAM_TRY(add(settings.event_time, layout.event_time));
  CHURNSTREAM_TRY(check_nesting(layout.fields, layout.root, wanted));
  if (!root.empty()) {
    root.back() = "op";
    layout.operation = layout.fields.add(root);
    if (layout.operation == layout.root) layout.operation = JsonFields::kNone;
  }
  for (JsonFields::Node node = JsonFields::kTop + 1; node < layout.fields.size(); ++node)
    if (layout.fields.has_fields(node) || node == layout.root) layout.objects.push_back(node);
  return layout;
}

}  // namespace churnstream
