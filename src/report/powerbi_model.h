// The semantic model of a Power BI project in TMDL: one table that asks the store by DirectQuery, its
// measures, and the parameters that say where the store is. Any thread.
#pragma once

#include <string>

#include "report/project_folder.h"
#include "report/report_store.h"

namespace churnstream {

// Adds the files below `folder` ("Churn.SemanticModel"). Needs: store.customers; no column of it is called as
// a measure is.
void add_powerbi_model(ProjectFiles& files, const std::string& folder, const ReportStore& store);

}  // namespace churnstream
