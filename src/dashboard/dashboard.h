// The live page and its API: a web server and a thread that makes one snapshot per second for all who look.
// Started by the run and demo verbs once the progress exists, before or while rows walk; nothing here can
// hold the walk up. The network, the snapshots, the store's answers and many rows have a thread each, ended
// by the destructor.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "dashboard/gate.h"
#include "dashboard/row_scorer.h"
#include "dashboard/server.h"
#include "dashboard/snapshot.h"
#include "dashboard/store_answers.h"
#include "data/history.h"
#include "watch/run_progress.h"

namespace churnstream {

struct DashboardSettings {
  ServerSettings server;
  AccessSettings access;
  SnapshotSettings snapshot;
};

// What the page asks, each on one thread only. Any of them may be null: then its part of the page or the API
// says that it is not there.
struct DashboardParts {
  std::unique_ptr<History> snapshot_history;      // for the snapshots
  std::unique_ptr<History> store_history;         // for the API's questions
  std::unique_ptr<RowScorer> row_scorer;          // for a few rows, on the network thread
  std::unique_ptr<RowScorer> rows_scorer;         // for many, on a thread of their own
  Telling told{};                                 // of customers
  std::string model;                              // what the model is, as a JSON document
  std::function<FlowPast(FlowWindow)> flow;       // further back than a snapshot; any thread
  std::chrono::milliseconds answers_rest{1'000};  // the same question is put to the store once in this time
};

class Dashboard {
 public:
  virtual ~Dashboard() = default;
  virtual std::string address() const = 0;  // "http://127.0.0.1:8080/"
  // From the next snapshot on; any thread.
  virtual void set_labels(const PageLabels& labels) = 0;
  // As PageServer's.
  virtual Result<void> renew_certificate() = 0;
};

// The answers of the page and the API, for a server of their own. `clock` outlives them.
ServerAnswers page_answers(AccessSettings access, DashboardParts parts, Clock& clock);

// `progress` and `clock` must outlive the dashboard. Wrong where other machines could see what they should
// not (dashboard/access_rules.h).
Result<std::unique_ptr<Dashboard>> start_dashboard(DashboardSettings settings, DashboardParts parts,
                                                   const RunProgress& progress, Clock& clock);

}  // namespace churnstream
