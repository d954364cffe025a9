// The last two minutes of the stream, second by second: rows that became durable and how long they took. What
// the rate, the percentiles and the page's line are made of. A plain value: the owner guards it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "watch/latency_histogram.h"

namespace churnstream {

// One second of the stream; without rows it has no latencies.
struct FlowSecond {
  std::int64_t seconds_ago = 0;
  std::uint64_t rows = 0;
  std::optional<double> latency_p50_ms;
  std::optional<double> latency_p99_ms;
};

class FlowRing {
 public:
  static constexpr std::int64_t kSeconds = 120;
  static constexpr std::int64_t kRateSeconds = 5;      // long enough to read, short enough to follow
  static constexpr std::int64_t kLatencySeconds = 10;  // p99 of a slow stream needs some rows

  explicit FlowRing(std::chrono::nanoseconds start) : start_(start) {}

  // `now` is the steady clock; it may lag a little behind earlier calls (threads), not by minutes.
  void add(std::chrono::nanoseconds now, std::uint64_t rows, std::chrono::nanoseconds latency);

  // Rows per second over the last kRateSeconds, or since the start when that is shorter.
  double rows_per_s(std::chrono::nanoseconds now) const;
  // The rows of the last kLatencySeconds.
  LatencyHistogram latency(std::chrono::nanoseconds now) const;
  // Whole seconds, oldest first, from the first one that was watched to the last complete one: at most
  // kSeconds - 1.
  std::vector<FlowSecond> seconds(std::chrono::nanoseconds now) const;

 private:
  struct Slot {
    std::int64_t second = -1;
    std::uint64_t rows = 0;
    LatencyHistogram latency;
  };
  const Slot* at(std::int64_t second) const;

  std::chrono::nanoseconds start_;
  std::array<Slot, kSeconds> slots_;
};

}  // namespace churnstream
