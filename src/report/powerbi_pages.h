// What the Power BI pages show, as a list one can read: the original's eight visuals with a predicted twin
// for each, and who is at risk. powerbi_report.cc writes it down. Plain values, any thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "report/report_store.h"

namespace churnstream {

// One field of a visual, of the model's one table.
struct PowerBiField {
  enum class Kind { column, sum, count, measure };
  Kind kind = Kind::column;
  std::string name;
};

struct PowerBiRole {
  std::string name;  // as Power BI calls it: Values, Category, Y
  std::vector<PowerBiField> fields;
};

struct PowerBiVisual {
  std::string type;   // as Power BI calls it: card, donutChart
  std::string title;  // unique on its page
  std::vector<PowerBiRole> roles;
  std::optional<PowerBiField> most_first;  // what it is sorted by
};

// Side by side, as high as its share of the page.
struct PowerBiRow {
  int share = 1;
  std::vector<PowerBiVisual> visuals;
};

struct PowerBiPage {
  std::string title;
  std::vector<PowerBiRow> rows;
};

struct PowerBiPages {
  std::vector<PowerBiPage> pages;
  std::vector<std::string> left_out;  // titles of visuals whose columns the customers do not have
};
// Needs: store.customers.
PowerBiPages powerbi_pages(const ReportStore& store);

}  // namespace churnstream
