#include "watch/flow_ring.h"

#include <algorithm>

namespace churnstream {
namespace {

std::int64_t second_of(std::chrono::nanoseconds time) {
  return std::chrono::duration_cast<std::chrono::seconds>(time).count();
}

std::optional<double> milliseconds_at(const LatencyHistogram& latency, double share) {
  const auto found = latency.percentile(share);
  if (!found) return std::nullopt;
  return static_cast<double>(found->count()) / 1e6;
}

}  // namespace

const FlowRing::Slot* FlowRing::at(std::int64_t second) const {
  const Slot& slot = slots_[static_cast<std::size_t>(second % kSeconds)];
  return slot.second == second ? &slot : nullptr;
}

void FlowRing::add(std::chrono::nanoseconds now, std::uint64_t rows, std::chrono::nanoseconds latency) {
  if (rows == 0) return;
  const std::int64_t second = second_of(now);
  Slot& slot = slots_[static_cast<std::size_t>(second % kSeconds)];
  if (slot.second > second) return;  // two minutes late: its second is gone from the ring
  if (slot.second < second) slot = Slot{.second = second};
  slot.rows += rows;
  slot.latency.add(latency, rows);
}

double FlowRing::rows_per_s(std::chrono::nanoseconds now) const {
  const std::int64_t last = second_of(now);
  const std::int64_t first = std::max(last - kRateSeconds, second_of(start_));
  std::uint64_t rows = 0;
  for (std::int64_t second = first; second <= last; ++second)
    if (const Slot* slot = at(second)) rows += slot->rows;
  const auto begin = std::max(std::chrono::nanoseconds(std::chrono::seconds(first)), start_);
  const double elapsed_s = std::chrono::duration<double>(now - begin).count();
  return elapsed_s > 0 ? static_cast<double>(rows) / elapsed_s : 0;
}

LatencyHistogram FlowRing::latency(std::chrono::nanoseconds now) const {
  LatencyHistogram merged;
  const std::int64_t last = second_of(now);
  for (std::int64_t second = std::max<std::int64_t>(last - kLatencySeconds, 0); second <= last; ++second)
    if (const Slot* slot = at(second)) merged.merge(slot->latency);
  return merged;
}

std::vector<FlowSecond> FlowRing::seconds(std::chrono::nanoseconds now) const {
  std::vector<FlowSecond> line;
  const std::int64_t last = second_of(now);
  const std::int64_t first = std::max(last - (kSeconds - 1), second_of(start_));
  for (std::int64_t second = first; second < last; ++second) {
    FlowSecond& point = line.emplace_back();
    point.seconds_ago = last - second;
    if (const Slot* slot = at(second)) {
      point.rows = slot->rows;
      point.latency_p50_ms = milliseconds_at(slot->latency, 0.50);
      point.latency_p99_ms = milliseconds_at(slot->latency, 0.99);
    }
  }
  return line;
}

}  // namespace churnstream
