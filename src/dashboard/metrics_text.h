// What a monitoring system reads: the progress of a run in the Prometheus text format (version 0.0.4), names
// as in docs/reference/metrics.md. No customer's data: reasons of refused rows, which may quote it, stay out.
#pragma once

#include <string>
#include <string_view>

#include "watch/run_progress.h"

namespace churnstream {

std::string metrics_text(const ProgressReport& report, std::string_view version);

// What the process uses, from /proc; zeros where that is not to be had.
struct ProcessUse {
  double cpu_seconds = 0;
  double resident_bytes = 0;
  double open_descriptors = 0;
  double threads = 0;
};
ProcessUse process_use();

}  // namespace churnstream
