// A Grafana dashboard on a PostgreSQL store, as the JSON file that Grafana imports: the data source is an
// input that Grafana asks for, so that it imports anywhere. The same store gives the same bytes. Any thread.
#pragma once

#include <string>
#include <vector>

#include "report/project_folder.h"
#include "report/report_store.h"

namespace churnstream {

struct GrafanaDashboard {
  ProjectFiles files;
  std::vector<std::string> notes;  // what is left out, as sentences
};

// Needs: store.type is postgres.
GrafanaDashboard make_grafana_dashboard(const ReportStore& store);

}  // namespace churnstream
