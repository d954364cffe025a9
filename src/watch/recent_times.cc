#include "watch/recent_times.h"

namespace churnstream {

void RecentTimes::add(std::chrono::nanoseconds now, std::chrono::nanoseconds took) {
  const std::int64_t number = number_at(now);
  Window& window = windows_[static_cast<std::size_t>(number % 2)];
  if (window.number != number) window = {.number = number, .times = {}};
  window.times.add(took, 1);
  ++count_;
  sum_ += took;
}

StageGlance RecentTimes::glance(std::chrono::nanoseconds now) const {
  StageGlance glance{.count = count_, .seconds = std::chrono::duration<double>(sum_).count()};
  LatencyHistogram recent;
  for (const Window& window : windows_)
    if (window.number >= 0 && window.number >= number_at(now) - 1) recent.merge(window.times);
  const auto ms = [](std::chrono::nanoseconds time) { return static_cast<double>(time.count()) / 1e6; };
  if (const auto p50 = recent.percentile(0.50)) glance.p50_ms = ms(*p50);
  if (const auto p99 = recent.percentile(0.99)) glance.p99_ms = ms(*p99);
  return glance;
}

}  // namespace churnstream
