// What every thread of one run shares: whether to stop, the first error, the clock and who watches. Outlives
// the threads. Safe from many threads.
#pragma once

#include <atomic>
#include <mutex>
#include <optional>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "pipeline/bell.h"
#include "pipeline/observer.h"

namespace churnstream {

class RunShared {
 public:
  RunShared(Clock& run_clock, std::vector<Observer*> observers, const std::atomic<bool>& stop)
      : clock(run_clock), observers_(std::move(observers)), stop_(stop) {}

  Clock& clock;

  // An operator asked for an end: read no more, finish what is under way.
  bool stopping() const { return stop_.load(std::memory_order_relaxed) || failed(); }

  // Something is broken: give up at once. The first error is the run's.
  void fail(Error error) {
    {
      const std::lock_guard lock(mutex_);
      if (!error_) error_ = std::move(error);
    }
    failed_.store(true);
    abandoned_.store(true);
  }
  bool failed() const { return failed_.load(std::memory_order_relaxed); }
  std::optional<Error> error() const {
    const std::lock_guard lock(mutex_);
    return error_;
  }

  // Nobody waits for a sink any longer: writers stop trying again.
  void abandon() { abandoned_.store(true); }
  bool abandoned() const { return abandoned_.load(std::memory_order_relaxed); }

  // Sleeps, in slices so that an end is noticed. False when everything was abandoned meanwhile.
  bool pause(std::chrono::nanoseconds length) {
    constexpr std::chrono::nanoseconds kSlice = std::chrono::milliseconds(20);
    for (; length > std::chrono::nanoseconds(0) && !abandoned(); length -= kSlice)
      clock.sleep(std::min(length, kSlice));
    return !abandoned();
  }

  template <typename Call>
  void tell(Call call) const {
    for (Observer* observer : observers_) call(*observer);
  }

 private:
  const std::vector<Observer*> observers_;
  const std::atomic<bool>& stop_;
  std::atomic<bool> failed_{false}, abandoned_{false};
  mutable std::mutex mutex_;
  std::optional<Error> error_;
};

}  // namespace churnstream
