// How the stream went beyond the last two minutes: 15 minutes in steps of 10 s and two hours in steps of a
// minute, each in a ring of fixed size (93 KiB), however long the run is. A plain value: the owner guards it.
#pragma once

#include <chrono>
#include <optional>
#include <string_view>
#include <vector>

#include "watch/flow_ring.h"

namespace churnstream {

enum class FlowWindow { two_minutes, quarter_hour, two_hours };

const char* name_of(FlowWindow window);  // "2min", "15min", "2h"
std::optional<FlowWindow> flow_window_of(std::string_view name);

struct FlowPast {
  std::chrono::seconds window{}, step{};
  std::vector<FlowPoint> points;  // whole steps, oldest first
};

class FlowHistory {
 public:
  explicit FlowHistory(std::chrono::nanoseconds start)
      : seconds_(start), tens_(start, std::chrono::seconds(10)), minutes_(start, std::chrono::minutes(1)) {}

  // As FlowRing's.
  void add(std::chrono::nanoseconds now, std::uint64_t rows, std::chrono::nanoseconds latency);
  FlowPast past(FlowWindow window, std::chrono::nanoseconds now) const;

  // The ring of seconds, for the rate and the latency of now.
  const FlowRing& seconds() const { return seconds_; }

 private:
  FlowRing seconds_, tens_, minutes_;
};

}  // namespace churnstream
