#include "report/powerbi_visual.h"

#include "report/powerbi_json.h"
#include "report/powerbi_measures.h"

namespace churnstream {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kVisual = "item/report/definition/visualContainer/2.2.0";

Json of_table(const char* kind, const std::string& name) {
  return {{kind, {{"Expression", {{"SourceRef", {{"Entity", kPowerBiTable}}}}}, {"Property", name}}}};
}

Json field_json(const PowerBiField& field) {
  using Kind = PowerBiField::Kind;
  switch (field.kind) {
    case Kind::column: return of_table("Column", field.name);
    case Kind::measure: return of_table("Measure", field.name);
    case Kind::sum:
    case Kind::count: break;
  }
  const int function = field.kind == Kind::sum ? 0 : 5;  // Power BI's numbers: sum, count of what is not null
  return {{"Aggregation", {{"Expression", of_table("Column", field.name)}, {"Function", function}}}};
}

Json projection_json(const PowerBiField& field) {
  using Kind = PowerBiField::Kind;
  const std::string name = std::string(kPowerBiTable) + "." + field.name;
  std::string reference = name, native = field.name;
  if (field.kind == Kind::sum) reference = "Sum(" + name + ")", native = "Sum of " + field.name;
  if (field.kind == Kind::count) reference = "CountNonNull(" + name + ")", native = "Count of " + field.name;
  return {{"field", field_json(field)}, {"queryRef", reference}, {"nativeQueryRef", native}};
}

Json query_json(const PowerBiVisual& visual) {
  Json state = Json::object();
  for (const PowerBiRole& role : visual.roles) {
    Json projections = Json::array();
    for (const PowerBiField& field : role.fields) projections.push_back(projection_json(field));
    if (role.name == "Category") projections.front()["active"] = true;
    state[role.name] = {{"projections", projections}};
  }
  Json query{{"queryState", state}};
  if (visual.most_first)
    query["sortDefinition"] = {
        {"sort", Json::array({{{"field", field_json(*visual.most_first)}, {"direction", "Descending"}}})},
        {"isDefaultSort", false}};
  return query;
}

Json properties(Json object) { return Json::array({{{"properties", std::move(object)}}}); }

}  // namespace

nlohmann::ordered_json powerbi_visual_json(const PowerBiVisual& visual, const std::string& id,
                                           const PowerBiPlace& place, int number) {
  Json inner{{"visualType", visual.type}, {"query", query_json(visual)}};
  if (visual.type == "card")  // the title says it, and a count is shown whole
    inner["objects"] = {{"categoryLabels", properties({{"show", literal("false")}})},
                        {"labels", properties({{"labelDisplayUnits", literal("1D")}})}};
  inner["visualContainerObjects"] = {
      {"title", properties({{"show", literal("true")}, {"text", text_literal(visual.title)}})},
      {"general", properties({{"altText", text_literal(visual.title)}})}};
  inner["drillFilterOtherVisuals"] = true;
  return {{"$schema", powerbi_schema(kVisual)},
          {"name", id},
          {"position",
           {{"x", place.x},
            {"y", place.y},
            {"z", number},
            {"height", place.height},
            {"width", place.width},
            {"tabOrder", number}}},
          {"visual", inner}};
}

}  // namespace churnstream
