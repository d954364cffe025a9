// A line on the terminal for work that takes longer than a second: how much is done, how fast, how long it
// will take. Silent in a pipe or a file, and for short work. add() may be called from many threads; it draws
// at most ten times a second.
//
//   ProgressBar progress({.what = "training", .unit = "fits", .total = 100});
//   ... progress.add(1);
#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>

#include "base/clock.h"

namespace churnstream {

struct ProgressBarSettings {
  std::string what;                            // "training"
  std::string unit;                            // "rows"
  std::uint64_t total = 0;                     // 0: unknown, then neither bar nor time left
  Clock* clock = nullptr;                      // null: the machine's
  void (*draw)(const std::string&) = nullptr;  // null: standard error, if it is a terminal
};

class ProgressBar {
 public:
  explicit ProgressBar(ProgressBarSettings settings);
  ~ProgressBar();  // wipes the line
  ProgressBar(const ProgressBar&) = delete;
  ProgressBar& operator=(const ProgressBar&) = delete;

  void add(std::uint64_t done);

 private:
  void draw_if_due();
  const ProgressBarSettings settings_;
  Clock& clock_;
  void (*const draw_)(const std::string&);
  const std::chrono::nanoseconds started_;
  std::atomic<std::uint64_t> done_{0};
  std::atomic<std::int64_t> next_draw_ns_;
  std::mutex drawing_;
  bool is_drawn_ = false;
};

// The line itself: "training  [#####.....]  50 of 100 fits, 12/s, 4 s left".
std::string progress_line(const ProgressBarSettings& settings, std::uint64_t done,
                          std::chrono::nanoseconds elapsed);

}  // namespace churnstream
