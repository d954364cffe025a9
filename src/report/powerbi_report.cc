#include "report/powerbi_report.h"

#include <algorithm>
#include <nlohmann/json.hpp>

#include "report/powerbi_json.h"
#include "report/powerbi_visual.h"
#include "report/stable_id.h"

namespace churnstream {
namespace {

using Json = nlohmann::ordered_json;

// One older set of versions, so that older Desktops open the project, too.
constexpr const char* kReport = "item/report/definition/report/3.0.0";
constexpr const char* kVersion = "item/report/definition/versionMetadata/1.0.0";
constexpr const char* kPages = "item/report/definition/pagesMetadata/1.0.0";
constexpr const char* kPage = "item/report/definition/page/2.0.0";
constexpr const char* kTheme = "Churnstream.json";
constexpr int kWidth = 1'280, kHeight = 720, kGap = 8;  // of a page, as Power BI's own

void add_page(ProjectFiles& files, const std::string& folder, const PowerBiPage& page,
              const std::string& id) {
  files[folder + "page.json"] = powerbi_json({{"$schema", powerbi_schema(kPage)},
                                              {"name", id},
                                              {"displayName", page.title},
                                              {"displayOption", "FitToPage"},
                                              {"height", kHeight},
                                              {"width", kWidth}});
  int shares = 0, y = kGap, number = 0;
  for (const PowerBiRow& row : page.rows) shares += row.share;
  const int free = kHeight - kGap * (static_cast<int>(page.rows.size()) + 1);
  for (const PowerBiRow& row : page.rows) {
    const int height = free * row.share / std::max(shares, 1);
    const int count = std::max(static_cast<int>(row.visuals.size()), 1);
    const int width = (kWidth - kGap * (count + 1)) / count;
    int x = kGap;
    for (const PowerBiVisual& visual : row.visuals) {
      const std::string name = stable_id("churnstream powerbi visual " + page.title + "/" + visual.title);
      files[folder + "visuals/" + name + "/visual.json"] =
          powerbi_json(powerbi_visual_json(visual, name, {x, y, width, height}, number++));
      x += width + kGap;
    }
    y += height + kGap;
  }
}

// Of our own, so that the project needs nothing that a Desktop may not have.
Json theme_json() {
  return {{"name", kTheme},
          {"dataColors",
           {"#2F6B9A", "#C8553D", "#7A9E4F", "#D9A441", "#6D597A", "#4F9D9D", "#8C6A4F", "#9AA5B1"}},
          {"background", "#FFFFFF"},
          {"foreground", "#22303C"},
          {"tableAccent", "#2F6B9A"}};
}

Json report_json() {
  const Json item{{"name", kTheme}, {"path", kTheme}, {"type", "CustomTheme"}};
  return {{"$schema", powerbi_schema(kReport)},
          {"themeCollection",
           {{"customTheme",
             {{"name", kTheme},
              {"reportVersionAtImport", {{"visual", "2.2.0"}, {"report", "3.0.0"}, {"page", "2.0.0"}}},
              {"type", "RegisteredResources"}}}}},
          {"resourcePackages", Json::array({{{"name", "RegisteredResources"},
                                             {"type", "RegisteredResources"},
                                             {"items", Json::array({item})}}})},
          {"settings", {{"useStylableVisualContainerHeader", true}}}};
}

}  // namespace

void add_powerbi_report(ProjectFiles& files, const std::string& folder,
                        const std::vector<PowerBiPage>& pages) {
  const std::string definition = folder + "/definition/";
  files[folder + "/StaticResources/RegisteredResources/" + kTheme] = powerbi_json(theme_json());
  files[definition + "report.json"] = powerbi_json(report_json());
  files[definition + "version.json"] =
      powerbi_json({{"$schema", powerbi_schema(kVersion)}, {"version", "2.0.0"}});
  Json order = Json::array();
  for (const PowerBiPage& page : pages) {
    const std::string id = stable_id("churnstream powerbi page " + page.title);
    order.push_back(id);
    add_page(files, definition + "pages/" + id + "/", page, id);
  }
  files[definition + "pages/pages.json"] = powerbi_json(
      {{"$schema", powerbi_schema(kPages)}, {"pageOrder", order}, {"activePageName", order.front()}});
}

}  // namespace churnstream
