// How long rows took, as counts in buckets that grow with the value: eight to each doubling, so that a
// percentile is at most 1/16 beside the truth, from 1 us to 134 s, in 800 bytes. A plain value: the owner
// guards it.
#pragma once

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace churnstream {

class LatencyHistogram {
 public:
  // Counts `rows` rows that took `latency`. Longer than the last bucket counts in the last one.
  void add(std::chrono::nanoseconds latency, std::uint64_t rows);
  void merge(const LatencyHistogram& other);
  void clear() { counts_.fill(0), rows_ = 0; }

  std::uint64_t rows() const { return rows_; }
  // The latency that `share` of the rows do not exceed, as the middle of its bucket; nothing without rows.
  // Needs: 0 < share <= 1.
  std::optional<std::chrono::nanoseconds> percentile(double share) const;

 private:
  static constexpr std::size_t kStepsPerDoubling = 8;
  static constexpr std::size_t kDoublings = 24;  // from 8 us to 2^27 us
  static constexpr std::size_t kBuckets = kStepsPerDoubling * (1 + kDoublings);
  static std::size_t bucket_of(std::uint64_t us);
  static double middle_us(std::size_t bucket);

  std::array<std::uint32_t, kBuckets> counts_{};
  std::uint64_t rows_ = 0;
};

}  // namespace churnstream
