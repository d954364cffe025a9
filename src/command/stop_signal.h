// SIGINT and SIGTERM while a stream runs: the first asks for an orderly end, the second ends the process at
// once. One per process at a time.
#pragma once

#include <atomic>

namespace churnstream {

class StopSignal {
 public:
  StopSignal();
  ~StopSignal();  // the signals mean again what they meant before
  StopSignal(const StopSignal&) = delete;
  StopSignal& operator=(const StopSignal&) = delete;

  // Becomes true with the first signal.
  const std::atomic<bool>& asked() const;
};

// SIGHUP while a stream runs: read the pipeline.toml again. One per process at a time.
class ReloadSignal {
 public:
  ReloadSignal();
  ~ReloadSignal();
  ReloadSignal(const ReloadSignal&) = delete;
  ReloadSignal& operator=(const ReloadSignal&) = delete;

  // Whether it came since the last call.
  bool take();
};

}  // namespace churnstream
