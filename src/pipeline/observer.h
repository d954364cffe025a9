// Who watches the walk. Called from lane and writer threads at once, so every implementation is thread-safe
// and quick.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/position.h"
#include "data/scored_batch.h"

namespace churnstream {

// The account that must always balance: rows_read = rows_delivered + rows_refused + rows_under_way.
struct Account {
  std::uint64_t rows_read = 0;
  std::uint64_t rows_delivered = 0;  // durable in every required sink
  std::uint64_t rows_refused = 0;    // and the refused record itself durable
  std::uint64_t rows_under_way = 0;
  std::map<std::string, std::uint64_t> records_skipped;  // by reason: header, blank, tombstone, delete
  bool balances() const { return rows_read == rows_delivered + rows_refused + rows_under_way; }
};

class Observer {
 public:
  virtual ~Observer() = default;
  // A batch was scored (before any sink has it).
  virtual void on_scored(const ScoredBatch&) {}
  // One batch has passed a stage of the walk: "decode", "score", or the write into a sink, by its name.
  virtual void on_stage(std::string_view /*stage*/, std::chrono::nanoseconds /*took*/) {}
  // The rows of a batch became durable in every required sink, `latency` after the source handed them over.
  virtual void on_delivered(std::size_t /*rows*/, std::chrono::nanoseconds /*latency*/) {}
  virtual void on_refused(const std::vector<RefusedRow>&) {}
  // Where reading stands in every partition that a lane holds; about once a second and after each change.
  virtual void on_lag(std::size_t /*lane*/, const std::vector<PartitionLag>&) {}
  // A transaction ended; `reason` is empty when it was committed.
  virtual void on_transaction(std::chrono::nanoseconds /*from begin to end*/, const std::string& /*reason*/) {
  }
  virtual void on_skipped(const std::map<std::string, std::uint64_t>& /*records by reason*/) {}
  // How a writer of a sink stands (one per lane where the sink has several): "opening", "open", or what the
  // sink answered, "delivered", "try_again", "unknown", "refused_rows", "broken", with its words.
  virtual void on_sink_state(const std::string& /*sink*/, std::size_t /*writer*/,
                             const std::string& /*state*/, const std::string& /*reason*/) {}
  // So many rows more wait for a sink, fewer where negative; and so many more it was left out of.
  virtual void on_sink_rows(const std::string& /*sink*/, std::int64_t /*waiting*/,
                            std::uint64_t /*left_out*/) {}
};

}  // namespace churnstream
