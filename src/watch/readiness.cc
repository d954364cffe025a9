#include "watch/readiness.h"

#include <fmt/format.h>

#include <algorithm>

namespace churnstream {
namespace {

double seconds_of(std::chrono::nanoseconds time) { return std::chrono::duration<double>(time).count(); }

}  // namespace

std::vector<std::string> troubles_of(const ProgressReport& report, const ReadyLimits& limits) {
  std::vector<std::string> troubles;
  if (report.state == RunState::failed) return {"the run failed: " + report.failure};
  if (report.state != RunState::running) return {fmt::format("the run is {}", name_of(report.state))};
  for (const PartitionLag& lag : report.lag)
    if (lag.lag_seconds > seconds_of(limits.lag))
      troubles.push_back(fmt::format("{}/{} is read {:.0f} s late ({} records behind), the limit is {:.0f} s",
                                     lag.partition.topic, lag.partition.number, lag.lag_seconds,
                                     number_of(lag.end) - number_of(lag.next), seconds_of(limits.lag)));
  for (const auto& [name, sink] : report.sinks) {
    const double blocked = static_cast<double>(report.time_us - sink.since_us) / 1e6;
    const bool is_blocked = sink.circuit == SinkCircuit::trying_again || sink.circuit == SinkCircuit::opening;
    if (sink.circuit == SinkCircuit::given_up)
      troubles.push_back(fmt::format("sink \"{}\" is broken: {}", name, sink.reason));
    else if (is_blocked && blocked > seconds_of(limits.stall))
      troubles.push_back(
          fmt::format("sink \"{}\" has taken nothing for {:.0f} s: {}", name, blocked, sink.reason));
  }
  const EpochMicros moved_us = std::max(report.last_record_us.value_or(0), report.started_us);
  const double still = static_cast<double>(report.time_us - moved_us) / 1e6;
  if (report.account.rows_under_way > 0 && still > seconds_of(limits.stall))
    troubles.push_back(fmt::format("{} rows are under way and none was delivered for {:.0f} s",
                                   report.account.rows_under_way, still));
  return troubles;
}

}  // namespace churnstream
