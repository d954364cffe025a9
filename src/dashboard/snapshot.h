// One moment of the stream and of its store, as the JSON document that the page and the API show
// (docs/formats/page-api.md). The run's numbers are taken under one lock and the store's in one read
// transaction; all sums are made here, so that the page only displays. Owned by one thread.
#pragma once

#include <chrono>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "data/history.h"
#include "data/schema.h"
#include "watch/drift.h"
#include "watch/run_progress.h"

namespace churnstream {

struct PageLabels {
  std::string title = "Churnstream";  // above the page; plain text
  std::string currency;               // put before sums of money, as "$"; may be empty
};

struct SnapshotSettings {
  PageLabels labels;
  std::chrono::milliseconds interval{1'000};
  std::size_t at_risk_max = 20;             // customers in the table
  std::vector<std::string> segments;        // that the page offers, each as the API's `by`
  std::vector<Field> columns;               // of the customers, as far as the page may show them
  std::vector<std::string> hidden_columns;  // the others
  const DriftWatch* drift = nullptr;  // null: the model keeps nothing to compare with; outlives the maker
};

class SnapshotMaker {
 public:
  // `history` may be null: the run keeps no store we can read, and the page says so. All must outlive this.
  SnapshotMaker(SnapshotSettings settings, const RunProgress& progress, History* history, Clock& clock);

  // The next snapshot. Asks the store only as often as keeps it below a tenth of a core: a store that needs
  // 300 ms is asked every 3 s, and its numbers carry the time at which they were true.
  std::string make();
  void set_labels(PageLabels labels) { settings_.labels = std::move(labels); }
  // Of the snapshot made last; counts from 1 and never back.
  std::uint64_t sequence() const { return sequence_; }

 private:
  // What the cards showed earlier, for the change beside them.
  struct Cards {
    std::chrono::nanoseconds when{};
    std::uint64_t customers = 0;
    std::optional<double> flagged_share;
    double expected_churners = 0;
    double revenue_at_risk = 0;
  };
  void ask_store();
  void remember(const RiskSummary& summary, std::chrono::nanoseconds when);

  SnapshotSettings settings_;
  const RunProgress& progress_;
  History* const history_;
  Clock& clock_;
  std::uint64_t sequence_ = 0;
  std::optional<RiskSummary> summary_;  // the newest answer
  EpochMicros summary_us_ = 0;
  std::string store_error_;  // of the newest question; empty when it was answered
  std::chrono::nanoseconds ask_again_{};
  std::deque<Cards> earlier_;  // oldest first; the first is a minute old, or as old as we are
};

}  // namespace churnstream
