// What is happening on the walk, for the progress line, the log and the page: the account, the rate, the
// latencies, what was refused and how the sinks do. Hears everything through the door pipeline/observer.h,
// from lane and writer threads at once; one lock is taken per batch, never per row. Made before the run,
// outlives it and its pages.
//
//   RunProgress progress(clock);
//   progress.begin(terms, [&] { return pipeline.account(); }, [&] { return pipeline.positions(); });
//   ... the pipeline calls the Observer half; anybody calls report() ...
//   progress.finish(account, positions);     // the two functions are not called any more after this
#pragma once

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "pipeline/observer.h"
#include "watch/flow_history.h"
#include "watch/flow_ring.h"
#include "watch/recent_times.h"

namespace churnstream {

enum class RunState { starting, running, stopping, finished, failed };
const char* name_of(RunState state);

// A refused row without its bytes: those may hold anything, and the label.
struct RefusedGlance {
  std::string stage, reason, key;
  Partition partition;
  Offset offset{};
  EpochMicros refused_at_us = 0;
};

// Whether a sink takes rows; the later, the worse.
enum class SinkCircuit { working, opening, trying_again, given_up };
const char* name_of(SinkCircuit circuit);

// How a sink stands; where each lane has a writer of its own, the one in the worst way.
struct SinkGlance {
  SinkCircuit circuit = SinkCircuit::opening;
  EpochMicros since_us = 0;  // it stands so
  std::string state;   // what was heard of it last: "opening", "open", "delivered", "try_again", "unknown",
                       // "refused_rows", "broken"
  std::string reason;  // in the sink's words; empty while all is well
  std::string last_error;           // what was wrong when something last was; empty while nothing ever was
  std::int64_t rows_waiting = 0;    // of all its writers: in their queues and being written
  std::uint64_t rows_left_out = 0;  // of all its writers: that an optional sink was not given
};

struct TransactionGlance {
  std::uint64_t committed = 0, aborted = 0;
  StageGlance times;       // from begin to the answer to the commit
  std::string last_abort;  // why; empty while there was none
  EpochMicros aborted_us = 0;
};

// One moment of the run, taken under one lock.
struct ProgressReport {
  EpochMicros time_us = 0;
  std::string name;    // of the process: its instance
  std::string run_id;  // another one at every start
  RunState state = RunState::starting;
  std::string failure;  // why it failed
  EpochMicros started_us = 0;
  std::optional<EpochMicros> finished_us;
  std::optional<EpochMicros> last_record_us;  // when a row last became durable
  std::shared_ptr<const ScoreTerms> terms;    // null before begin()
  Account account;
  Checkpoint positions;
  double rows_per_s = 0;  // durable rows over the last seconds
  std::optional<double> latency_p50_ms, latency_p99_ms;
  std::map<std::string, std::uint64_t> refused_by_reason;
  std::map<std::string, std::uint64_t> refused_by_stage;  // decode, feature, or a sink's name
  std::vector<RefusedGlance> refused_recent;              // newest first
  std::map<std::string, StageGlance> stages;              // decode, score, and each sink's writes
  TransactionGlance transactions;
  std::vector<PartitionLag> lag;                          // of the partitions held, where the source knows
  std::optional<EpochMicros> event_min_us, event_max_us;  // of the rows scored so far
  double rows_read_per_s = 0;                             // over the last seconds
  std::map<std::string, SinkGlance> sinks;
  std::vector<FlowPoint> seconds;  // of the last two minutes, oldest first
};

class RunProgress : public Observer {
 public:
  static constexpr std::size_t kRefusedRecentMax = 20;
  static constexpr std::size_t kReasonsMax =
      50;  // reasons may quote data: more kinds than this are counted together
  static constexpr std::size_t kReasonBytesMax = 240;  // longer ones are cut

  explicit RunProgress(Clock& clock);

  // The walk begins. The functions are called from whichever thread asks for a report, outside our lock; they
  // must be thread-safe and live until finish() or fail() has returned.
  void begin(std::shared_ptr<const ScoreTerms> terms, std::function<Account()> account,
             std::function<Checkpoint()> positions);
  void set_name(std::string name);
  void stopping();
  // The walk is over: these numbers stay.
  void finish(const Account& last, const Checkpoint& positions);
  void fail(const Account& last, const Checkpoint& positions, std::string why);

  ProgressReport report() const;
  // Further back than a report, in coarser steps.
  FlowPast past(FlowWindow window) const;

  // Other thresholds and bands from now on, for the page and the report.
  void set_terms(std::shared_ptr<const ScoreTerms> terms);

  void on_scored(const ScoredBatch& batch) override;
  void on_stage(std::string_view stage, std::chrono::nanoseconds took) override;
  void on_lag(std::size_t lane, const std::vector<PartitionLag>& lag) override;
  void on_transaction(std::chrono::nanoseconds took, const std::string& reason) override;
  void on_delivered(std::size_t rows, std::chrono::nanoseconds latency) override;
  void on_refused(const std::vector<RefusedRow>& rows) override;
  void on_sink_state(const std::string& sink, std::size_t writer, const std::string& state,
                     const std::string& reason) override;
  void on_sink_rows(const std::string& sink, std::int64_t waiting, std::uint64_t left_out) override;

 private:
  void end(RunState state, const Account& last, const Checkpoint& positions, std::string why);

  Clock& clock_;
  mutable std::mutex asking_;  // held while the functions are called, so that finish() can wait for them
  std::function<Account()> account_now_;
  std::function<Checkpoint()> positions_now_;

  mutable std::mutex mutex_;  // everything below
  const std::string run_id_;
  std::string name_;
  RunState state_ = RunState::starting;
  std::string failure_;
  EpochMicros started_us_;
  std::optional<EpochMicros> finished_us_, last_record_us_;
  std::shared_ptr<const ScoreTerms> terms_;
  Account last_account_;
  Checkpoint last_positions_;
  FlowHistory flow_;
  FlowRing read_;
  std::map<std::string, std::uint64_t> refused_by_reason_;
  std::map<std::string, std::uint64_t> refused_by_stage_;
  std::deque<RefusedGlance> refused_recent_;
  std::map<std::string, RecentTimes, std::less<>> stages_;
  TransactionGlance transactions_;
  RecentTimes transaction_times_;
  std::map<std::size_t, std::vector<PartitionLag>> lag_by_lane_;
  std::optional<EpochMicros> event_min_us_, event_max_us_;
  struct Sink {
    std::map<std::size_t, SinkGlance> writers;
    std::int64_t rows_waiting = 0;
    std::uint64_t rows_left_out = 0;
  };
  static SinkGlance glance_of(const Sink& sink);
  std::map<std::string, Sink> sinks_;
};

// One line of JSON, without the line feed:
// docs/reference/progress.md says what each field is and what Spark calls it.
std::string json_line(const ProgressReport& report);

// A checkpoint as {"topic/number": next}, the way the line and the page write it.
std::map<std::string, std::int64_t> positions_by_name(const Checkpoint& positions);

}  // namespace churnstream
