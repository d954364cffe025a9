#include "report/powerbi_project.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "base/ascii.h"
#include "report/powerbi_json.h"
#include "report/powerbi_measures.h"
#include "report/powerbi_model.h"
#include "report/powerbi_pages.h"
#include "report/powerbi_report.h"
#include "report/stable_id.h"

namespace churnstream {
namespace {

constexpr const char* kName = "Churn";

// TMDL has no way to write a line end in a name.
void drop_names_of_two_lines(ReportStore& store, std::vector<std::string>& notes) {
  const auto is_of_two_lines = [](const ReportColumn& column) {
    return column.source.find_first_of("\n\r") != std::string::npos;
  };
  if (std::erase_if(store.customers->columns, is_of_two_lines) == 0) return;
  notes.emplace_back("Left out are columns with a line end in their names.");
  if (store.customers->find(store.key) == nullptr) store.key.clear();
  if (store.customers->find(store.value) == nullptr) store.value.clear();
}

// A table's columns and measures share their names, capital letters aside.
void keep_measures_names(ReportStore& store) {
  std::set<std::string> taken;
  for (const PowerBiMeasure& measure : powerbi_measures(store)) taken.insert(upper_ascii(measure.name));
  for (ReportColumn& column : store.customers->columns) {
    const std::string before = column.name;
    while (!taken.insert(upper_ascii(column.name)).second) column.name += " (column)";
    if (before == store.key) store.key = column.name;
    if (before == store.value) store.value = column.name;
  }
}

// Power BI asks for a value of each parameter: where the pipeline has none, one that is easily found.
void fill_in(std::string& value, const char* parameter, const char* stand_in,
             std::vector<std::string>& notes) {
  if (!value.empty()) return;
  value = stand_in;
  notes.push_back(fmt::format("The pipeline does not say it: set the parameter {} in Power BI, now \"{}\".",
                              parameter, stand_in));
}

// Fills in what Power BI needs to have, and says what the reader should know.
void complete(ReportStore& store, const std::vector<std::string>& left_out, std::vector<std::string>& notes) {
  fill_in(store.server, "Server", "localhost", notes);
  fill_in(store.database, "Database", "churn", notes);
  if (store.type == ReportStore::Type::snowflake) fill_in(store.warehouse, "Warehouse", "COMPUTE_WH", notes);
  if (!left_out.empty()) {
    std::string list;
    for (const std::string& title : left_out) list += (list.empty() ? "" : ", ") + title;
    notes.push_back(fmt::format(
        "The customers do not have all the columns of the original's page: left out with their twins are {}.",
        list));
  }
  if (store.value.empty())
    notes.push_back(
        "Revenue at risk stays blank: the pipeline's [score] names no value column of the customers.");
}

void add_item(ProjectFiles& files, const std::string& type, const ReportStore& store) {
  const ReportTable& table = *store.customers;
  const std::string place =
      fmt::format("{}/{}/{}/{}", store.server, store.database, table.schema, table.name);
  files[fmt::format("{}.{}/.platform", kName, type)] = powerbi_json(
      {{"$schema", powerbi_schema("gitIntegration/platformProperties/2.0.0")},
       {"metadata", {{"type", type}, {"displayName", kName}}},
       {"config",
        {{"version", "2.0"}, {"logicalId", stable_uuid("churnstream powerbi " + type + " " + place)}}}});
}

}  // namespace

PowerBiProject make_powerbi_project(ReportStore store) {
  PowerBiProject project;
  drop_names_of_two_lines(store, project.notes);
  keep_measures_names(store);
  const PowerBiPages pages = powerbi_pages(store);
  complete(store, pages.left_out, project.notes);

  const std::string report = std::string(kName) + ".Report", model = std::string(kName) + ".SemanticModel";
  ProjectFiles& files = project.files;
  files[std::string(kName) + ".pbip"] =
      powerbi_json({{"$schema", powerbi_schema("pbip/pbipProperties/1.0.0")},
                    {"version", "1.0"},
                    {"artifacts", nlohmann::ordered_json::array({{{"report", {{"path", report}}}}})},
                    {"settings", {{"enableAutoRecovery", true}}}});
  add_item(files, "Report", store);
  add_item(files, "SemanticModel", store);
  files[report + "/definition.pbir"] =
      powerbi_json({{"$schema", powerbi_schema("item/report/definitionProperties/2.0.0")},
                    {"version", "4.0"},
                    {"datasetReference", {{"byPath", {{"path", "../" + model}}}}}});
  files[model + "/definition.pbism"] =
      powerbi_json({{"$schema", powerbi_schema("item/semanticModel/definitionProperties/1.0.0")},
                    {"version", "4.2"},
                    {"settings", nlohmann::ordered_json::object()}});
  add_powerbi_report(files, report, pages.pages);
  add_powerbi_model(files, model, store);
  return project;
}

}  // namespace churnstream
