// Which of a pipeline's stores a report is written on, and what the report has to know of it. Used by the
// verbs that write reports; nothing is connected to, and the stores' secrets need not be there.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "report/report_store.h"

namespace churnstream {

struct ReportWishes {
  std::string pipeline;            // the pipeline.toml
  std::string sink;                // by name; empty: the one that fits
  std::string reader;              // who asks the store, for messages: "Power BI"
  std::vector<std::string> types;  // of sinks that fit, the most usual first
};

// Wrong when none of the sinks fits, when several do and none is named, or when the pipeline or its model
// cannot be read.
Result<ReportStore> report_store_of(const ReportWishes& wishes);

}  // namespace churnstream
