// A whole Power BI project (PBIP) on a store: report, semantic model and the file that opens both. The same
// store gives the same bytes. Any thread.
#pragma once

#include <string>
#include <vector>

#include "report/project_folder.h"
#include "report/report_store.h"

namespace churnstream {

struct PowerBiProject {
  ProjectFiles files;
  std::vector<std::string> notes;  // what is left out or has to be filled in, as sentences
};

// Needs: store.customers.
PowerBiProject make_powerbi_project(ReportStore store);

}  // namespace churnstream
