#include "watch/latency_histogram.h"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "base/result.h"

namespace churnstream {

// Below eight every microsecond has its own bucket; above, the three bits behind the leading one choose the
// step.
std::size_t LatencyHistogram::bucket_of(std::uint64_t us) {
  if (us < kStepsPerDoubling) return us;
  const auto doubling = static_cast<std::size_t>(std::bit_width(us)) - 4;  // 8..15 us: 0
  const std::size_t step = (us >> doubling) & (kStepsPerDoubling - 1);
  return std::min(kStepsPerDoubling * (doubling + 1) + step, kBuckets - 1);
}

double LatencyHistogram::middle_us(std::size_t bucket) {
  if (bucket < kStepsPerDoubling) return static_cast<double>(bucket) + 0.5;
  const auto doubling = static_cast<int>(bucket / kStepsPerDoubling) - 1;
  const auto step = static_cast<double>(bucket % kStepsPerDoubling);
  return std::ldexp(static_cast<double>(kStepsPerDoubling) + step + 0.5, doubling);
}

void LatencyHistogram::add(std::chrono::nanoseconds latency, std::uint64_t rows) {
  const std::int64_t us = std::chrono::duration_cast<std::chrono::microseconds>(latency).count();
  std::uint32_t& count = counts_[bucket_of(static_cast<std::uint64_t>(std::max<std::int64_t>(us, 0)))];
  const std::uint64_t room = std::numeric_limits<std::uint32_t>::max() - count;
  const std::uint64_t added = std::min(rows, room);  // full only after four thousand million rows
  count += static_cast<std::uint32_t>(added);
  rows_ += added;
}

void LatencyHistogram::merge(const LatencyHistogram& other) {
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    const std::uint64_t room = std::numeric_limits<std::uint32_t>::max() - counts_[bucket];
    const std::uint64_t added = std::min<std::uint64_t>(other.counts_[bucket], room);
    counts_[bucket] += static_cast<std::uint32_t>(added);
    rows_ += added;
  }
}

std::optional<std::chrono::nanoseconds> LatencyHistogram::percentile(double share) const {
  insist(share > 0 && share <= 1, "a percentile's share lies in (0, 1]");
  if (rows_ == 0) return std::nullopt;
  const auto wanted = static_cast<std::uint64_t>(std::ceil(share * static_cast<double>(rows_)));
  std::uint64_t seen = 0;
  for (std::size_t bucket = 0; bucket < kBuckets; ++bucket) {
    seen += counts_[bucket];
    if (seen >= wanted) return std::chrono::nanoseconds(std::llround(middle_us(bucket) * 1e3));
  }
  return std::chrono::nanoseconds(std::llround(middle_us(kBuckets - 1) * 1e3));
}

}  // namespace churnstream
