// What a report has to know of a pipeline's store, from the settings of its sink and the columns that its
// tables are made with. Used by the verbs that write reports. Nothing is connected to.
#pragma once

#include "config/options.h"
#include "report/report_store.h"
#include "sink/sink.h"

namespace churnstream {

#ifdef CHURNSTREAM_HAS_POSTGRES
Result<ReportStore> postgres_report_store(const Config& config, const Assignment& wanted);
#endif
#ifdef CHURNSTREAM_HAS_SNOWFLAKE
Result<ReportStore> snowflake_report_store(const Config& config, const Assignment& wanted);
#endif

}  // namespace churnstream
