#include "base/progress_bar.h"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr auto kSilence = std::chrono::nanoseconds(1s);  // shorter work needs no line
constexpr auto kPause = std::chrono::nanoseconds(100ms);
constexpr std::size_t kBarWidth = 24;

void draw_on_terminal(const std::string& line) {
  std::fprintf(stderr, "\r\033[K%s", line.c_str());
  std::fflush(stderr);
}

// Three digits are enough for a rate that jumps about.
std::string rate_text(double rate) {
  return rate >= 100 ? fmt::format("{:.0f}", rate) : fmt::format("{:.2g}", rate);
}

std::string time_text(double seconds) {
  const auto whole = static_cast<std::int64_t>(seconds + 0.5);
  if (whole < 60) return fmt::format("{} s", whole);
  if (whole < 3600) return fmt::format("{} min {} s", whole / 60, whole % 60);
  return fmt::format("{} h {} min", whole / 3600, whole / 60 % 60);
}

}  // namespace

std::string progress_line(const ProgressBarSettings& settings, std::uint64_t done,
                          std::chrono::nanoseconds elapsed) {
  const double seconds = std::chrono::duration<double>(elapsed).count();
  const double rate = seconds > 0 ? static_cast<double>(done) / seconds : 0;
  if (settings.total == 0)
    return fmt::format("{}  {} {}, {}/s", settings.what, done, settings.unit, rate_text(rate));
  const std::uint64_t shown = std::min(done, settings.total);
  const auto filled = static_cast<std::size_t>(static_cast<double>(kBarWidth) * static_cast<double>(shown) /
                                               static_cast<double>(settings.total));
  std::string line = fmt::format("{}  [{:.<{}}]  {} of {} {}, {}/s", settings.what, std::string(filled, '#'),
                                 kBarWidth, shown, settings.total, settings.unit, rate_text(rate));
  if (rate > 0)
    line += fmt::format(", {} left", time_text(static_cast<double>(settings.total - shown) / rate));
  return line;
}

ProgressBar::ProgressBar(ProgressBarSettings settings)
    : settings_(std::move(settings)),
      clock_(settings_.clock != nullptr ? *settings_.clock : system_clock()),
      draw_(settings_.draw != nullptr    ? settings_.draw
            : isatty(STDERR_FILENO) == 1 ? draw_on_terminal
                                         : nullptr),
      started_(clock_.steady()),
      next_draw_ns_((started_ + kSilence).count()) {}

ProgressBar::~ProgressBar() {
  if (is_drawn_) draw_("");
}

void ProgressBar::add(std::uint64_t done) {
  done_ += done;
  if (draw_ != nullptr) draw_if_due();
}

// Whoever comes first after the pause draws; the others go on with their work.
void ProgressBar::draw_if_due() {
  const std::chrono::nanoseconds now = clock_.steady();
  if (now.count() < next_draw_ns_) return;
  const std::unique_lock lock(drawing_, std::try_to_lock);
  if (!lock.owns_lock() || now.count() < next_draw_ns_) return;
  next_draw_ns_ = (now + kPause).count();
  is_drawn_ = true;
  draw_(progress_line(settings_, done_, now - started_));
}

}  // namespace churnstream
