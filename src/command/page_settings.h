// What [page] asks for, checked: addresses, who may look, limits. Used while a pipeline is put together.
#pragma once

#include "command/pipeline_file.h"
#include "dashboard/dashboard.h"

namespace churnstream {

// Wrong, at the option's place, where options do not fit together, and where other machines could see what
// they should not. Needs: file.page.
Result<DashboardSettings> page_settings(const PipelineFile& file);

// Title and currency, which a running page takes anew.
PageLabels page_labels(const Config& page);

// What [outcomes] says of when they count and what a campaign costs.
OutcomeTerms outcome_terms(const Config& outcomes);

}  // namespace churnstream
