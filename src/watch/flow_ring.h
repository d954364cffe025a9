// The newest past of the stream, step by step: rows that became durable and how long they took. In steps of a
// second it holds two minutes: what the rate, the percentiles and the page's line are made of. In longer
// steps it holds as many of them. A plain value: the owner guards it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>
#include <vector>

#include "watch/latency_histogram.h"

namespace churnstream {

// One step of the stream; without rows it has no latencies.
struct FlowPoint {
  std::int64_t seconds_ago = 0;  // when it began, in whole steps before the one that is under way
  std::uint64_t rows = 0;
  std::optional<double> latency_p50_ms;
  std::optional<double> latency_p99_ms;
};

class FlowRing {
 public:
  static constexpr std::int64_t kSteps = 120;
  static constexpr std::int64_t kRateSeconds = 5;      // long enough to read, short enough to follow
  static constexpr std::int64_t kLatencySeconds = 10;  // p99 of a slow stream needs some rows

  explicit FlowRing(std::chrono::nanoseconds start, std::chrono::seconds step = std::chrono::seconds(1))
      : start_(start), step_(step) {}

  // `now` is the steady clock; it may lag a little behind earlier calls (threads), not by kSteps.
  void add(std::chrono::nanoseconds now, std::uint64_t rows, std::chrono::nanoseconds latency);

  // Rows per second over the last kRateSeconds, or since the start when that is shorter. Needs: steps of a
  // second, as latency() does.
  double rows_per_s(std::chrono::nanoseconds now) const;
  // The rows of the last kLatencySeconds.
  LatencyHistogram latency(std::chrono::nanoseconds now) const;
  // Whole steps, oldest first, from the first one that was watched to the last complete one: at most
  // kSteps - 1.
  std::vector<FlowPoint> points(std::chrono::nanoseconds now) const;
  std::chrono::seconds step() const { return step_; }

 private:
  struct Slot {
    std::int64_t step = -1;
    std::uint64_t rows = 0;
    LatencyHistogram latency;
  };
  std::int64_t step_of(std::chrono::nanoseconds time) const { return time / step_; }
  const Slot* at(std::int64_t step) const;

  std::chrono::nanoseconds start_;
  std::chrono::seconds step_;
  std::array<Slot, kSteps> slots_;
};

}  // namespace churnstream
