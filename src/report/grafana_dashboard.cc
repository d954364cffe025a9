#include "report/grafana_dashboard.h"

#include <nlohmann/json.hpp>

#include "report/grafana_panels.h"
#include "report/stable_id.h"

namespace churnstream {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kPlugin = "grafana-postgresql-datasource";
constexpr const char* kInput = "DS_CHURN";
constexpr int kSchemaVersion = 39;  // of Grafana 10.4; newer ones bring it up to date as they import it
constexpr int kColumns = 24;

Json data_source() { return {{"type", kPlugin}, {"uid", std::string("${") + kInput + "}"}}; }

Json defaults_of(const GrafanaPanel& panel) {
  Json defaults{{"unit", panel.unit}};
  if (panel.type == "timeseries") defaults["min"] = 0;
  return defaults;
}

Json options_of(const GrafanaPanel& panel) {
  if (panel.type == "stat")
    return {{"reduceOptions", {{"calcs", {"lastNotNull"}}, {"fields", "/.*/"}, {"values", false}}},
            {"graphMode", "none"},
            {"colorMode", "value"}};
  if (panel.type == "barchart") return {{"orientation", "horizontal"}, {"stacking", "normal"}};
  return Json::object();
}

// Of a table: a share is no plain number.
Json overrides_of(const GrafanaPanel& panel) {
  if (panel.title != "Customers at risk") return Json::array();
  const Json unit{{"id", "unit"}, {"value", "percentunit"}};
  return Json::array(
      {{{"matcher", {{"id", "byName"}, {"options", "probability"}}}, {"properties", Json::array({unit})}}});
}

Json panel_json(const GrafanaPanel& panel, int id, int x, int y) {
  const Json target{{"refId", "A"},         {"datasource", data_source()},
                    {"editorMode", "code"}, {"format", panel.is_series ? "time_series" : "table"},
                    {"rawQuery", true},     {"rawSql", panel.sql}};
  return {{"id", id},
          {"type", panel.type},
          {"title", panel.title},
          {"description", panel.sentence},
          {"datasource", data_source()},
          {"gridPos", {{"x", x}, {"y", y}, {"w", panel.width}, {"h", panel.height}}},
          {"fieldConfig", {{"defaults", defaults_of(panel)}, {"overrides", overrides_of(panel)}}},
          {"options", options_of(panel)},
          {"targets", Json::array({target})}};
}

Json panels_json(const std::vector<GrafanaPanel>& panels) {
  Json list = Json::array();
  int x = 0, y = 0, height = 0;
  for (const GrafanaPanel& panel : panels) {
    if (x + panel.width > kColumns) {
      y += height;
      x = height = 0;
    }
    list.push_back(panel_json(panel, static_cast<int>(list.size()) + 1, x, y));
    x += panel.width;
    height = std::max(height, panel.height);
  }
  return list;
}

Json required(const char* type, const char* id, const char* name, const char* version) {
  return {{"type", type}, {"id", id}, {"name", name}, {"version", version}};
}

}  // namespace

GrafanaDashboard make_grafana_dashboard(const ReportStore& store) {
  GrafanaPanels made = grafana_panels(store);
  const ReportTable& table = store.scores ? *store.scores : *store.events;
  const std::string place = store.server + "/" + store.database + "/" + table.schema;
  const Json input{{"name", kInput},
                   {"label", "Churnstream's PostgreSQL store"},
                   {"description", "A PostgreSQL data source on the pipeline's database"},
                   {"type", "datasource"},
                   {"pluginId", kPlugin},
                   {"pluginName", "PostgreSQL"}};
  const Json dashboard{
      {"__inputs", Json::array({input})},
      {"__requires", Json::array({required("grafana", "grafana", "Grafana", "10.4.0"),
                                  required("datasource", kPlugin, "PostgreSQL", "1.0.0")})},
      {"id", nullptr},
      {"uid", "churn-" + stable_id("churnstream grafana " + place)},
      {"title", "Churn"},
      {"description", "Who is about to leave, and what it costs: written by churnstream grafana."},
      {"tags", {"churnstream"}},
      {"schemaVersion", kSchemaVersion},
      {"version", 1},
      {"editable", true},
      {"refresh", "30s"},
      {"time", {{"from", "now-24h"}, {"to", "now"}}},
      {"timezone", "utc"},
      {"templating", {{"list", Json::array()}}},
      {"annotations", {{"list", Json::array()}}},
      {"panels", panels_json(made.panels)}};
  return {{{"churn.json", dashboard.dump(2) + "\n"}}, std::move(made.notes)};
}

}  // namespace churnstream
