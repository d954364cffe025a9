// What the Grafana dashboard shows, as a list one can read: panels with the SQL that fills them from the
// tables of the PostgreSQL store. Its macros ($__timeFilter, $__timeGroupAlias) are Grafana's own. Plain
// values, any thread.
#pragma once

#include <string>
#include <vector>

#include "report/report_store.h"

namespace churnstream {

struct GrafanaPanel {
  std::string type;  // as Grafana calls it: stat, timeseries, barchart, table
  std::string title, sentence;
  std::string sql;
  std::string unit;           // as Grafana calls it: short, percentunit
  bool is_series = false;     // over time; else a table
  int width = 6, height = 8;  // of 24 columns
};

struct GrafanaPanels {
  std::vector<GrafanaPanel> panels;
  std::vector<std::string> notes;  // what is left out, as sentences
};
// Panels on tables that the store does not have are left out.
GrafanaPanels grafana_panels(const ReportStore& store);

}  // namespace churnstream
