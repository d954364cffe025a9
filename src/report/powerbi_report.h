// The report of a Power BI project in PBIR: pages and visuals as JSON files, laid out in rows. Any thread.
#pragma once

#include <string>
#include <vector>

#include "report/powerbi_pages.h"
#include "report/project_folder.h"

namespace churnstream {

// Adds the files below `folder` ("Churn.Report"). Needs: titles are unique on each page, and pages' too.
void add_powerbi_report(ProjectFiles& files, const std::string& folder,
                        const std::vector<PowerBiPage>& pages);

}  // namespace churnstream
