// The one door to time. Everything that needs a time or a pause takes a Clock, so that tests turn the hands
// themselves. Safe from many threads.
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace churnstream {

// Microseconds since 1970-01-01T00:00:00 UTC; what stores and records carry.
using EpochMicros = std::int64_t;

class Clock {
 public:
  virtual ~Clock() = default;
  virtual EpochMicros now_us() = 0;               // wall time, may jump
  virtual std::chrono::nanoseconds steady() = 0;  // for durations, never goes back
  virtual void sleep(std::chrono::nanoseconds pause) = 0;
};

// The machine's clock. Lives for the whole program.
Clock& system_clock();

// A clock that moves only when told, or when somebody sleeps on it (the sleep returns at once and moves the
// hands).
class ManualClock : public Clock {
 public:
  explicit ManualClock(EpochMicros start_us = 0) : now_us_(start_us) {}
  EpochMicros now_us() override { return now_us_; }
  std::chrono::nanoseconds steady() override { return std::chrono::microseconds(now_us_); }
  void sleep(std::chrono::nanoseconds pause) override { advance(pause); }
  void advance(std::chrono::nanoseconds by) {
    now_us_ += std::chrono::duration_cast<std::chrono::microseconds>(by).count();
  }

 private:
  std::atomic<EpochMicros> now_us_;
};

// RFC 3339 in UTC with microseconds: 2026-11-22T08:15:30.000001Z.
std::string rfc3339(EpochMicros time_us);

// The other way: a day and a time of day with up to six decimals, then Z or an offset such as +02:00. Nothing
// for anything else, for days there are not, and for years before 1970.
std::optional<EpochMicros> parse_rfc3339(std::string_view text);

}  // namespace churnstream
