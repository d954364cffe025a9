// The first door: bytes arrive with their address. One lane owns a source and makes all its calls.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <string>
#include <vector>

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

// Partitions are going to somebody else: finish with them, within `patience`. Called on the lane's thread,
// from inside read() or stay(). No patience at all means that they are gone already: what is under way for
// them is another member's business now. They are given up when the handler returns.
using RevokeHandler =
    std::function<void(const std::vector<Partition>& going, std::chrono::milliseconds patience)>;

class Source {
 public:
  virtual ~Source() = default;

  // Called first, and again with growing pauses until it succeeds. Starts behind `resume_from`; where it
  // names no position, at the configured start. Wrong (not trouble) when the place is not the one the
  // checkpoint knew. A source whose group keeps the positions starts at the group's, whatever the checkpoint
  // says.
  virtual Result<void> open(const Checkpoint& resume_from) = 0;

  // Waits up to patience. On error `out` is empty. Views in `out` live as long as out.storage.
  virtual Result<ReadOutcome> read(std::chrono::milliseconds patience, RawBatch& out) = 0;

  // While the lane cannot take rows it calls this, several times a second, instead of read(): keeps our place
  // in the group and may pause what comes. Nothing is lost by it.
  virtual Result<void> stay() { return {}; }

  // Goes back after an abort and says where the next reads start, for every partition that is held. That is
  // `to`, or further on where a group keeps the positions and knows better: the answer to the last commit was
  // lost, but it had happened.
  virtual Result<Checkpoint> rewind(const Checkpoint& to) = 0;

  // Everything before `delivered` is safe in every required sink. May return before the place where positions
  // are kept has it; close() and giving up partitions wait for that.
  virtual Result<void> commit(const Checkpoint& delivered) = 0;

  virtual void on_revoke(RevokeHandler) {}
  // As fresh as can be. Any thread, between open() and close().
  virtual GroupToken group_token() const { return {}; }

  // What each topic or file is, so that one made anew is noticed (Checkpoint::identity). Valid after open().
  virtual std::map<std::string, std::string> identity() const { return {}; }

  // For each partition held; empty where it is not known.
  virtual std::vector<PartitionLag> lag() const { return {}; }

  virtual void close() noexcept = 0;
};

}  // namespace churnstream
