#include "watch/flow_history.h"

namespace churnstream {
namespace {

constexpr FlowWindow kWindows[] = {FlowWindow::two_minutes, FlowWindow::quarter_hour, FlowWindow::two_hours};

std::chrono::seconds length_of(FlowWindow window) {
  switch (window) {
    case FlowWindow::two_minutes: return std::chrono::minutes(2);
    case FlowWindow::quarter_hour: return std::chrono::minutes(15);
    case FlowWindow::two_hours: break;
  }
  return std::chrono::hours(2);
}

}  // namespace

const char* name_of(FlowWindow window) {
  switch (window) {
    case FlowWindow::two_minutes: return "2min";
    case FlowWindow::quarter_hour: return "15min";
    case FlowWindow::two_hours: break;
  }
  return "2h";
}

std::optional<FlowWindow> flow_window_of(std::string_view name) {
  for (const FlowWindow window : kWindows)
    if (name == name_of(window)) return window;
  return std::nullopt;
}

void FlowHistory::add(std::chrono::nanoseconds now, std::uint64_t rows, std::chrono::nanoseconds latency) {
  for (FlowRing* ring : {&seconds_, &tens_, &minutes_}) ring->add(now, rows, latency);
}

FlowPast FlowHistory::past(FlowWindow window, std::chrono::nanoseconds now) const {
  const FlowRing& ring = window == FlowWindow::two_minutes    ? seconds_
                         : window == FlowWindow::quarter_hour ? tens_
                                                              : minutes_;
  FlowPast past{length_of(window), ring.step(), ring.points(now)};
  std::erase_if(past.points, [&](const FlowPoint& point) { return point.seconds_ago > past.window.count(); });
  return past;
}

}  // namespace churnstream
