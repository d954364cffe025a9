#include "watch/flow_ring.h"

#include <algorithm>

namespace churnstream {
namespace {

std::optional<double> milliseconds_at(const LatencyHistogram& latency, double share) {
  const auto found = latency.percentile(share);
  if (!found) return std::nullopt;
  return static_cast<double>(found->count()) / 1e6;
}

}  // namespace

const FlowRing::Slot* FlowRing::at(std::int64_t step) const {
  const Slot& slot = slots_[static_cast<std::size_t>(step % kSteps)];
  return slot.step == step ? &slot : nullptr;
}

void FlowRing::add(std::chrono::nanoseconds now, std::uint64_t rows, std::chrono::nanoseconds latency) {
  if (rows == 0) return;
  const std::int64_t step = step_of(now);
  Slot& slot = slots_[static_cast<std::size_t>(step % kSteps)];
  if (slot.step > step) return;  // a whole ring late: its step is gone
  if (slot.step < step) slot = Slot{.step = step};
  slot.rows += rows;
  slot.latency.add(latency, rows);
}

double FlowRing::rows_per_s(std::chrono::nanoseconds now) const {
  const std::int64_t last = step_of(now);
  const std::int64_t first = std::max(last - kRateSeconds, step_of(start_));
  std::uint64_t rows = 0;
  for (std::int64_t second = first; second <= last; ++second)
    if (const Slot* slot = at(second)) rows += slot->rows;
  const auto begin = std::max(std::chrono::nanoseconds(std::chrono::seconds(first)), start_);
  const double elapsed_s = std::chrono::duration<double>(now - begin).count();
  return elapsed_s > 0 ? static_cast<double>(rows) / elapsed_s : 0;
}

LatencyHistogram FlowRing::latency(std::chrono::nanoseconds now) const {
  LatencyHistogram merged;
  const std::int64_t last = step_of(now);
  for (std::int64_t second = std::max<std::int64_t>(last - kLatencySeconds, 0); second <= last; ++second)
    if (const Slot* slot = at(second)) merged.merge(slot->latency);
  return merged;
}

std::vector<FlowPoint> FlowRing::points(std::chrono::nanoseconds now) const {
  std::vector<FlowPoint> line;
  const std::int64_t last = step_of(now);
  const std::int64_t first = std::max(last - (kSteps - 1), step_of(start_));
  for (std::int64_t step = first; step < last; ++step) {
    FlowPoint& point = line.emplace_back();
    point.seconds_ago = (last - step) * step_.count();
    if (const Slot* slot = at(step)) {
      point.rows = slot->rows;
      point.latency_p50_ms = milliseconds_at(slot->latency, 0.50);
      point.latency_p99_ms = milliseconds_at(slot->latency, 0.99);
    }
  }
  return line;
}

}  // namespace churnstream
