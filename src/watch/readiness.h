// Whether a run does its work, for /readyz, a load balancer and the alarm at night: a pure function of its
// progress.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "watch/run_progress.h"

namespace churnstream {

// From when on the run is not ready.
struct ReadyLimits {
  std::chrono::nanoseconds lag = std::chrono::seconds(60);    // a partition is read so much too late
  std::chrono::nanoseconds stall = std::chrono::seconds(30);  // rows wait and none was delivered for so long
};

// Why it is not ready, one sentence each; none: it is.
std::vector<std::string> troubles_of(const ProgressReport& report, const ReadyLimits& limits);

}  // namespace churnstream
