// Wakes a lane: writers ring when there is room again or an answer came, so that a lane never polls for
// either. A ring that nobody waits for is kept for the next wait. Safe from many threads.
#pragma once

#include <chrono>
#include <condition_variable>
#include <mutex>

namespace churnstream {

class Bell {
 public:
  void ring() {
    const std::lock_guard lock(mutex_);
    rung_ = true;
    changed_.notify_all();
  }
  // Until somebody rings, at most `patience`.
  void wait(std::chrono::nanoseconds patience) {
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, patience, [&] { return rung_; });
    rung_ = false;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  bool rung_ = false;
};

}  // namespace churnstream
