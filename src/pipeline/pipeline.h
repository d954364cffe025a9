// The walk as a whole: opens the sinks, finds out where to start, runs the lanes, and ends them in order.
// Knows no concrete source or sink; command/ puts those in. run() is called once, by one thread; account()
// and positions() by anyone, any time.
#pragma once

#include <atomic>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "pipeline/lane.h"
#include "pipeline/observer.h"

namespace churnstream {

struct SinkPart {
  std::string name;  // unique in the pipeline
  bool required = true;
  bool single_writer = true;  // one writer in all; otherwise one per lane
  // Makes the sink of one writer. Cannot fail: what may fail belongs to Sink::open().
  std::function<std::unique_ptr<Sink>()> make;
};

// The sink of an exactly-once stream behind a source with a group: one per lane, each with transactions.
struct TransactionPart {
  std::string name;
  bool takes_refused = false;  // refused rows become visible with the scores
  std::function<std::unique_ptr<TransactionalSink>()> make;
};

struct RunParts {
  std::vector<LaneParts> lanes;
  std::vector<SinkPart> sinks;
  std::optional<TransactionPart> transaction;
  std::unique_ptr<RefusedStore> refused;  // null: the transaction takes them
  std::shared_ptr<const ScoreTerms> terms;
  LaneTerms lane_terms;
  std::string owner;                                // instance, for fencing
  std::unique_ptr<CheckpointFile> checkpoint_file;  // null: positions are not kept
  std::vector<Observer*> observers;                 // outlive the pipeline
};

class Pipeline {
 public:
  // Needs: at least one lane, and one sink or transaction. `clock` outlives the pipeline.
  Pipeline(RunParts parts, Clock& clock);
  ~Pipeline();

  // Until the end of the source (until_end), until `stop` becomes true, or until something breaks: then the
  // error. Whatever the end, the account balances and the checkpoint stands behind what is safe.
  Result<void> run(const std::atomic<bool>& stop);

  // Other thresholds and bands from the next batches on; any thread, any time. Needs: the same model, key and
  // value column.
  void set_terms(const std::shared_ptr<const ScoreTerms>& terms);

  Account account() const;
  Checkpoint positions() const;

 private:
  struct Running;
  void start_writers(Running& running);
  Result<Checkpoint> open_sinks(Running& running);
  void run_lanes(Running& running, const Checkpoint& start);

  RunParts parts_;
  Clock& clock_;
  mutable std::mutex mutex_;  // lanes_ while it is being filled, and the terms
  std::vector<std::unique_ptr<Lane>> lanes_;
};

}  // namespace churnstream
