// How long one stage of the walk takes: everything since the start as a count and a sum, and the last ten to
// twenty seconds as percentiles. A plain value: the owner guards it.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <optional>

#include "watch/latency_histogram.h"

namespace churnstream {

struct StageGlance {
  std::uint64_t count = 0;
  double seconds = 0;                    // all of them together
  std::optional<double> p50_ms, p99_ms;  // of the last seconds; nothing when there was none
};

class RecentTimes {
 public:
  static constexpr std::chrono::seconds kWindow{10};

  // `now` is the steady clock.
  void add(std::chrono::nanoseconds now, std::chrono::nanoseconds took);
  StageGlance glance(std::chrono::nanoseconds now) const;

 private:
  struct Window {
    std::int64_t number = -1;
    LatencyHistogram times;
  };
  static std::int64_t number_at(std::chrono::nanoseconds now) { return now / kWindow; }

  std::array<Window, 2> windows_;  // by the window's number, even and odd
  std::uint64_t count_ = 0;
  std::chrono::nanoseconds sum_{0};
};

}  // namespace churnstream
