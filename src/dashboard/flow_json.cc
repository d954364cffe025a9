#include "dashboard/flow_json.h"

#include <nlohmann/json.hpp>

namespace churnstream {

std::string flow_json(FlowWindow window, const FlowPast& past) {
  using Json = nlohmann::ordered_json;
  const auto or_null = [](const std::optional<double>& value) { return value ? Json(*value) : Json(); };
  Json ago = Json::array(), rows = Json::array(), p50 = Json::array(), p99 = Json::array();
  for (const FlowPoint& point : past.points) {
    ago.push_back(point.seconds_ago);
    rows.push_back(static_cast<double>(point.rows) / static_cast<double>(past.step.count()));
    p50.push_back(or_null(point.latency_p50_ms));
    p99.push_back(or_null(point.latency_p99_ms));
  }
  return Json{{"window", name_of(window)},
              {"window_s", past.window.count()},
              {"step_s", past.step.count()},
              {"seconds_ago", ago},
              {"rows_per_s", rows},
              {"p50_ms", p50},
              {"p99_ms", p99}}
      .dump();
}

}  // namespace churnstream
