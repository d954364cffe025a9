// The live page and its API: a web server and a thread that makes one snapshot per second for all who look.
// Started by the run and demo verbs once the progress exists, before or while rows walk; nothing here can
// hold the walk up. The network, the snapshots, the store's answers and many rows have a thread each, ended
// by the destructor.
#pragma once

#include <memory>
#include <optional>
#include <set>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "dashboard/gate.h"
#include "dashboard/outcome_answers.h"
#include "dashboard/row_scorer.h"
#include "dashboard/server.h"
#include "dashboard/snapshot.h"
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
  std::unique_ptr<History> snapshot_history;  // for the snapshots
  std::unique_ptr<History> store_history;     // for the API's questions
  std::unique_ptr<RowScorer> row_scorer;      // for a few rows, on the network thread
  std::unique_ptr<RowScorer> rows_scorer;     // for many, on a thread of their own
  std::set<std::string> hidden_columns;       // of a single customer nobody is shown these
  std::optional<OutcomeTerms> outcomes;       // where the run keeps true ones
};

class Dashboard {
 public:
  virtual ~Dashboard() = default;
  virtual std::string address() const = 0;  // "http://127.0.0.1:8080/"
  // From the next snapshot on; any thread.
  virtual void set_labels(const PageLabels& labels) = 0;
};

// The answers of the page and the API, for a server of their own. `clock` outlives them.
ServerAnswers page_answers(AccessSettings access, std::unique_ptr<History> store,
                           std::unique_ptr<RowScorer> row_scorer, std::unique_ptr<RowScorer> rows_scorer,
                           Clock& clock, std::set<std::string> hidden_columns = {},
                           const std::optional<OutcomeTerms>& outcomes = {});

// `progress` and `clock` must outlive the dashboard. Wrong where other machines could see what they should
// not (dashboard/access_rules.h).
Result<std::unique_ptr<Dashboard>> start_dashboard(DashboardSettings settings, DashboardParts parts,
                                                   const RunProgress& progress, Clock& clock);

}  // namespace churnstream
