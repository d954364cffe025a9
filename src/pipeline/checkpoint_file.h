// The file that remembers how far a pipeline has come, in its state folder. Two generations written in turn,
// each whole and with a CRC: a torn or damaged one leaves the other, which is only a little older. Shared by
// all lanes; safe from many threads. Format: docs/formats/stores.md.
#pragma once

#include <memory>
#include <mutex>

#include "base/file.h"
#include "data/position.h"

namespace churnstream {

class CheckpointFile {
 public:
  // Reads what is there. Nothing there is an empty checkpoint. `wrong` when generations exist and none is
  // whole.
  static Result<std::unique_ptr<CheckpointFile>> open(const Path& folder);

  // As of the last save, or as found.
  Checkpoint checkpoint() const;

  // Takes over the partitions and identities of `moved` and writes the next generation. Durable on return.
  Result<void> save(const Checkpoint& moved);

 private:
  explicit CheckpointFile(Path folder) : folder_(std::move(folder)) {}

  const Path folder_;
  mutable std::mutex mutex_;
  std::uint64_t generation_ = 0;
  Checkpoint checkpoint_;
};

}  // namespace churnstream
