// When each row of a paced source is due: row n at begin + n / rate, never earlier. Whoever falls behind
// catches up, so that the average is kept and a moment decides alone how many rows have come by then. Owned
// by a source.
#pragma once

#include <algorithm>
#include <chrono>
#include <cmath>
#include <cstdint>

namespace churnstream {

class Pace {
 public:
  // Needs: rate > 0, in rows per second. The first row is due at `begin`.
  Pace(double rate, std::chrono::nanoseconds begin) : rate_(rate), begin_(begin) {}

  // In whole microseconds, as fine as any clock here goes.
  std::chrono::nanoseconds due_at(std::uint64_t row) const {
    return begin_ + std::chrono::microseconds(std::llround(static_cast<double>(row) / rate_ * 1e6));
  }

  // How many rows are due and not yet handed over.
  std::uint64_t rows_due(std::chrono::nanoseconds now) const {
    if (now < due_at(rows_handed_)) return 0;
    const double seconds = std::chrono::duration<double>(now - begin_).count();
    auto due = static_cast<std::uint64_t>(seconds * rate_);
    // Division and multiplication round differently; due_at decides.
    while (due > rows_handed_ && due_at(due) > now) --due;
    while (due_at(due + 1) <= now) ++due;
    return std::max(due, rows_handed_) + 1 - rows_handed_;
  }

  std::chrono::nanoseconds next_due_at() const { return due_at(rows_handed_); }
  void hand_over(std::uint64_t rows) { rows_handed_ += rows; }

 private:
  double rate_;
  std::chrono::nanoseconds begin_;
  std::uint64_t rows_handed_ = 0;
};

}  // namespace churnstream
