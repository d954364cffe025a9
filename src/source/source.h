// The first door: bytes arrive with their address. One lane owns a source and makes all its calls.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>

#include "base/result.h"
#include "data/position.h"
#include "data/raw_batch.h"

namespace churnstream {

enum class ReadOutcome {
  rows,         // `out` holds at least one record
  nothing_yet,  // nothing came within the patience; ask again
  finished,     // the source has an end and this is behind it
};

// Who we are in a consumer group, for transactions; opaque, empty where there is no group.
struct GroupToken {
  std::shared_ptr<const void> handle;
};

// Partitions are going to somebody else: finish with them before the deadline passes.
using RevokeHandler =
    std::function<void(const Checkpoint& going, std::chrono::steady_clock::time_point deadline)>;

class Source {
 public:
  virtual ~Source() = default;

  // Called first, and again with growing pauses until it succeeds. Starts behind `resume_from`; where it
  // names no position, at the configured start. Wrong (not trouble) when the place is not the one the
  // checkpoint knew.
  virtual Result<void> open(const Checkpoint& resume_from) = 0;

  // Waits up to patience. On error `out` is empty. Views in `out` live as long as out.storage.
  virtual Result<ReadOutcome> read(std::chrono::milliseconds patience, RawBatch& out) = 0;

  // Goes back to `to` after an abort; the next read starts there.
  virtual Result<void> rewind(const Checkpoint& to) = 0;

  // Everything before `delivered` is safe in every required sink.
  virtual Result<void> commit(const Checkpoint& delivered) = 0;

  virtual void on_revoke(RevokeHandler) {}
  virtual GroupToken group_token() const { return {}; }

  // What each topic or file is, so that one made anew is noticed (Checkpoint::identity). Valid after open().
  virtual std::map<std::string, std::string> identity() const { return {}; }

  // How many records are known to wait behind the read position; -1 where unknown.
  virtual std::int64_t lag_rows() const { return -1; }

  virtual void close() noexcept = 0;
};

}  // namespace churnstream
