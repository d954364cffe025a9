// What operators and their machines ask a running stream, on an address of its own ([ops] listen):
//
//   /metrics   figures in the Prometheus text format (docs/reference/metrics.md)
//   /healthz   200 while the process works, 503 once the run has failed
//   /readyz    200 while it does its work, 503 with the reasons when it lags, stalls or a sink is blocked
//   /progress  the progress report as JSON (docs/reference/progress.md)
//
// No customer's data on any of them. One thread, ended by the destructor.
#pragma once

#include <memory>
#include <string>

#include "base/result.h"
#include "dashboard/page_request.h"
#include "watch/readiness.h"
#include "watch/run_progress.h"

namespace churnstream {

struct OperationsSettings {
  std::string listen;  // port 0: any free one
  std::string version;
  ReadyLimits limits;
};

class Operations {
 public:
  virtual ~Operations() = default;
  virtual std::string address() const = 0;  // "http://127.0.0.1:9108/"
  // From now on; any thread.
  virtual void set_limits(const ReadyLimits& limits) = 0;
};

// `progress` outlives it.
Result<std::unique_ptr<Operations>> start_operations(const OperationsSettings& settings,
                                                     const RunProgress& progress);

// The answer to one request, as a pure function; for tests and random bytes.
PageResponse answer_operations(const PageRequest& request, const ProgressReport& report,
                               const ReadyLimits& limits, std::string_view version);

}  // namespace churnstream
