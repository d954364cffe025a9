// The live page: a web server on this machine and a thread that makes one snapshot per second for all who
// look. Started by the run and demo verbs once the progress exists, before or while rows walk; nothing here
// can hold the walk up. Two threads, both ended by the destructor.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "dashboard/server.h"
#include "dashboard/snapshot.h"
#include "data/history.h"
#include "watch/run_progress.h"

namespace churnstream {

struct DashboardSettings {
  ServerSettings server;
  SnapshotSettings snapshot;
};

class Dashboard {
 public:
  virtual ~Dashboard() = default;
  virtual std::string address() const = 0;  // "http://127.0.0.1:8080/"
  // From the next snapshot on; any thread.
  virtual void set_labels(const PageLabels& labels) = 0;
};

// `history` may be null (no store we can read). `progress` and `clock` must outlive the dashboard.
Result<std::unique_ptr<Dashboard>> start_dashboard(const DashboardSettings& settings,
                                                   const RunProgress& progress,
                                                   std::unique_ptr<History> history, Clock& clock);

}  // namespace churnstream
