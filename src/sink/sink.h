// The last door: scored rows leave. One writer thread owns a sink and makes all its calls. Batching, retry
// and pauses live in pipeline/, not here.
#pragma once

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/result.h"
#include "data/position.h"
#include "data/refused_row.h"
#include "data/scored_batch.h"
#include "source/source.h"

namespace churnstream {

struct Delivered {};  // every row is durable
struct TryAgain {     // none is; asking again later may help
  std::chrono::milliseconds wait{100};
  std::string reason;
};
struct Unknown {  // the answer was lost, so they may be: write the same again
  std::string reason;
};
struct RefusedRows {  // these never will be, each with its reason (stage = the sink's name); all the others
                      // are durable
  std::vector<RefusedRow> rows;
};
struct Broken {  // going on would do harm (another owner took over, the store is another one): stop
  Error error;
};
using WriteOutcome = std::variant<Delivered, TryAgain, Unknown, RefusedRows, Broken>;

// What a sink is told when its lane gets partitions.
struct Assignment {
  std::vector<Partition> partitions;      // empty: all that come
  std::shared_ptr<const Schema> columns;  // the customer's own columns, without the label
  std::shared_ptr<const ScoreTerms> terms;
  std::string owner;               // instance and lane, for fencing
  bool shares_partitions = false;  // a group hands them from member to member while the stream runs
};

class Sink {
 public:
  virtual ~Sink() = default;

  // Makes or verifies the place; says how far it remembers having come, nothing where it keeps no positions.
  // Called again with growing pauses while it says `trouble`; `wrong` ends the run.
  virtual Result<std::optional<Checkpoint>> open(const Assignment& assignment) = 0;

  // `after` holds once these rows are safe; rows may be none; the same rows may come again. Rows that the
  // sink's own position says it already has are skipped by the sink.
  virtual WriteOutcome write(const ScoredBatch& rows, const Checkpoint& after) = 0;

  // While no rows come: about once a second, for what a sink does by the clock.
  virtual void idle() {}

  virtual void close() noexcept = 0;
};

// What became of a transaction.
struct Committed {};
struct Aborted {  // nothing of it counts, or it cannot be known: the source goes back to what its group says
  std::string reason;
};
using CommitOutcome = std::variant<Committed, Aborted, Broken>;

// A sink whose rows and source positions become visible together (Kafka): begin, write..., then commit or
// abort, and begin again. write() takes rows into the transaction: Delivered means taken, TryAgain and
// Unknown mean that this transaction has to be aborted, RefusedRows that all others are taken.
class TransactionalSink : public Sink {
 public:
  // Trouble may pass; wrong (another process took our place) ends the run.
  virtual Result<void> begin() = 0;
  // The same for refused rows, where they go into the same transaction.
  virtual WriteOutcome write_refused(const std::vector<RefusedRow>& rows) = 0;
  // Repeats what may be repeated, within a bound. After Aborted begin() may be called again: whatever had to
  // be cleaned up or made anew has been.
  virtual CommitOutcome commit(const Checkpoint& after, const GroupToken& group) = 0;
  // Nothing written since begin() counts. As after Aborted, begin() may be called again. Trouble: call again.
  virtual Result<void> abort() = 0;
  // Whether the transaction that was aborted last has shown which rows to leave out or to send alone: the
  // next one will differ, and need not wait.
  virtual bool has_learned() const { return false; }
};

// Where refused rows go. One writer thread owns it and makes all its calls.
class RefusedStore {
 public:
  virtual ~RefusedStore() = default;
  // Rows before `start` will not come again; later ones may, after a crash, and must not be kept twice.
  virtual Result<void> open(const Checkpoint& start) = 0;
  // The rows are durable when this returns without an error; on error the same rows come again.
  virtual Result<void> write(const std::vector<RefusedRow>& rows) = 0;
  virtual void close() noexcept = 0;
};

}  // namespace churnstream
