#include "watch/run_progress.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <nlohmann/json.hpp>
#include <random>

namespace churnstream {
namespace {

// Cuts between characters, never inside one.
std::string cut(const std::string& text) {
  if (text.size() <= RunProgress::kReasonBytesMax) return text;
  std::size_t end = RunProgress::kReasonBytesMax;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  return text.substr(0, end) + "...";
}

SinkCircuit circuit_of(const std::string& state) {
  if (state == "broken") return SinkCircuit::given_up;
  if (state == "try_again" || state == "unknown") return SinkCircuit::trying_again;
  return state == "opening" ? SinkCircuit::opening : SinkCircuit::working;
}

nlohmann::ordered_json or_null(const std::optional<double>& value) {
  return value && std::isfinite(*value) ? nlohmann::ordered_json(*value) : nlohmann::ordered_json();
}

nlohmann::ordered_json json_of(const StageGlance& times, const char* counted) {
  return {{counted, times.count}, {"p50_ms", or_null(times.p50_ms)}, {"p99_ms", or_null(times.p99_ms)}};
}

nlohmann::ordered_json json_of(const ProgressReport& report) {
  const TransactionGlance& transactions = report.transactions;
  nlohmann::ordered_json json = json_of(transactions.times, "committed");
  json["aborted"] = transactions.aborted;
  if (transactions.aborted > 0)
    json["last_abort"] = {{"reason", transactions.last_abort}, {"time", rfc3339(transactions.aborted_us)}};
  return json;
}

nlohmann::ordered_json json_of(const PartitionLag& lag) {
  return {{"partition", fmt::format("{}/{}", lag.partition.topic, lag.partition.number)},
          {"start", number_of(lag.start)},
          {"next", number_of(lag.next)},
          {"end", number_of(lag.end)},
          {"lag_records", number_of(lag.end) - number_of(lag.next)},
          {"lag_seconds",
           lag.lag_seconds < 0 ? nlohmann::ordered_json() : nlohmann::ordered_json(lag.lag_seconds)}};
}

}  // namespace

const char* name_of(RunState state) {
  constexpr std::array<const char*, 5> kNames{"starting", "running", "stopping", "finished", "failed"};
  return kNames[static_cast<std::size_t>(state)];
}

const char* name_of(SinkCircuit circuit) {
  constexpr std::array<const char*, 4> kNames{"working", "opening", "trying_again", "given_up"};
  return kNames[static_cast<std::size_t>(circuit)];
}

RunProgress::RunProgress(Clock& clock)
    : clock_(clock),
      run_id_(fmt::format(
          "{:016x}", (static_cast<std::uint64_t>(std::random_device()()) << 32) | std::random_device()())),
      started_us_(clock.now_us()),
      flow_(clock.steady()),
      read_(clock.steady()) {}

void RunProgress::begin(std::shared_ptr<const ScoreTerms> terms, std::function<Account()> account,
                        std::function<Checkpoint()> positions) {
  const std::scoped_lock lock(asking_, mutex_);
  account_now_ = std::move(account);
  positions_now_ = std::move(positions);
  terms_ = std::move(terms);
  state_ = RunState::running;
  started_us_ = clock_.now_us();
  flow_ = FlowHistory(clock_.steady());
  read_ = FlowRing(clock_.steady());
}

void RunProgress::set_name(std::string name) {
  const std::lock_guard lock(mutex_);
  name_ = std::move(name);
}

void RunProgress::stopping() {
  const std::lock_guard lock(mutex_);
  if (state_ == RunState::running || state_ == RunState::starting) state_ = RunState::stopping;
}

void RunProgress::finish(const Account& last, const Checkpoint& positions) {
  end(RunState::finished, last, positions, {});
}

void RunProgress::fail(const Account& last, const Checkpoint& positions, std::string why) {
  end(RunState::failed, last, positions, std::move(why));
}

void RunProgress::end(RunState state, const Account& last, const Checkpoint& positions, std::string why) {
  const std::scoped_lock lock(asking_, mutex_);
  account_now_ = nullptr;
  positions_now_ = nullptr;
  last_account_ = last;
  last_positions_ = positions;
  state_ = state;
  failure_ = std::move(why);
  finished_us_ = clock_.now_us();
}

ProgressReport RunProgress::report() const {
  ProgressReport report;
  const std::lock_guard asking(asking_);
  if (account_now_) report.account = account_now_();
  if (positions_now_) report.positions = positions_now_();
  const std::lock_guard lock(mutex_);
  if (!account_now_) report.account = last_account_;
  if (!positions_now_) report.positions = last_positions_;
  const std::chrono::nanoseconds now = clock_.steady();
  report.time_us = clock_.now_us();
  report.state = state_;
  report.failure = failure_;
  report.name = name_;
  report.run_id = run_id_;
  report.started_us = started_us_;
  report.finished_us = finished_us_;
  report.last_record_us = last_record_us_;
  report.terms = terms_;
  report.rows_per_s = flow_.seconds().rows_per_s(now);
  const LatencyHistogram latency = flow_.seconds().latency(now);
  if (const auto p50 = latency.percentile(0.50))
    report.latency_p50_ms = static_cast<double>(p50->count()) / 1e6;
  if (const auto p99 = latency.percentile(0.99))
    report.latency_p99_ms = static_cast<double>(p99->count()) / 1e6;
  report.rows_read_per_s = read_.rows_per_s(now);
  for (const auto& [stage, times] : stages_) report.stages[stage] = times.glance(now);
  report.transactions = transactions_;
  report.transactions.times = transaction_times_.glance(now);
  for (const auto& [lane, lag] : lag_by_lane_) report.lag.insert(report.lag.end(), lag.begin(), lag.end());
  std::sort(report.lag.begin(), report.lag.end(),
            [](const PartitionLag& a, const PartitionLag& b) { return a.partition < b.partition; });
  report.event_min_us = event_min_us_;
  report.event_max_us = event_max_us_;
  report.refused_by_stage = refused_by_stage_;
  report.refused_by_reason = refused_by_reason_;
  report.refused_recent.assign(refused_recent_.rbegin(), refused_recent_.rend());
  for (const auto& [name, sink] : sinks_) report.sinks[name] = glance_of(sink);
  report.seconds = flow_.seconds().points(now);
  return report;
}

FlowPast RunProgress::past(FlowWindow window) const {
  const std::lock_guard lock(mutex_);
  return flow_.past(window, clock_.steady());
}

void RunProgress::set_terms(std::shared_ptr<const ScoreTerms> terms) {
  const std::lock_guard lock(mutex_);
  terms_ = std::move(terms);
}

void RunProgress::on_scored(const ScoredBatch& batch) {
  const std::lock_guard lock(mutex_);
  read_.add(clock_.steady(), batch.num_rows() + batch.refused.size(), {});
  for (const EpochMicros time_us : batch.rows.extent().event_times_us) {
    event_min_us_ = std::min(event_min_us_.value_or(time_us), time_us);
    event_max_us_ = std::max(event_max_us_.value_or(time_us), time_us);
  }
}

void RunProgress::on_stage(std::string_view stage, std::chrono::nanoseconds took) {
  const std::lock_guard lock(mutex_);
  auto place = stages_.find(stage);
  if (place == stages_.end()) place = stages_.emplace(stage, RecentTimes()).first;
  place->second.add(clock_.steady(), took);
}

void RunProgress::on_lag(std::size_t lane, const std::vector<PartitionLag>& lag) {
  const std::lock_guard lock(mutex_);
  lag_by_lane_[lane] = lag;
}

void RunProgress::on_transaction(std::chrono::nanoseconds took, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  if (reason.empty()) {
    ++transactions_.committed;
    return transaction_times_.add(clock_.steady(), took);
  }
  ++transactions_.aborted;
  transactions_.last_abort = cut(reason);
  transactions_.aborted_us = clock_.now_us();
}

void RunProgress::on_delivered(std::size_t rows, std::chrono::nanoseconds latency) {
  if (rows == 0) return;
  const std::lock_guard lock(mutex_);
  flow_.add(clock_.steady(), rows, latency);
  last_record_us_ = clock_.now_us();
}

void RunProgress::on_refused(const std::vector<RefusedRow>& rows) {
  const std::lock_guard lock(mutex_);
  const EpochMicros now_us = clock_.now_us();
  for (const RefusedRow& row : rows) {
    const std::string reason = cut(row.reason);
    const bool known = refused_by_reason_.size() < kReasonsMax || refused_by_reason_.contains(reason);
    ++refused_by_stage_[row.stage];
    ++refused_by_reason_[known ? reason : "other reasons"];
    refused_recent_.push_back({cut(row.stage), reason, cut(row.key), row.partition, row.offset, now_us});
    if (refused_recent_.size() > kRefusedRecentMax) refused_recent_.pop_front();
  }
}

void RunProgress::on_sink_state(const std::string& sink, std::size_t writer, const std::string& state,
                                const std::string& reason) {
  const std::lock_guard lock(mutex_);
  const auto [place, is_new] = sinks_[sink].writers.try_emplace(writer);
  SinkGlance& glance = place->second;
  const SinkCircuit circuit = circuit_of(state);
  if (is_new || glance.circuit != circuit) glance.since_us = clock_.now_us();
  glance.circuit = circuit;
  glance.state = state;
  glance.reason = cut(reason);
  if (circuit >= SinkCircuit::trying_again) glance.last_error = glance.reason;
}

void RunProgress::on_sink_rows(const std::string& sink, std::int64_t waiting, std::uint64_t left_out) {
  const std::lock_guard lock(mutex_);
  Sink& counted = sinks_[sink];
  counted.rows_waiting += waiting;
  counted.rows_left_out += left_out;
}

// The worst of its writers, and of equal ones the one that has stood so for longest.
SinkGlance RunProgress::glance_of(const Sink& sink) {
  SinkGlance worst;
  bool is_first = true;
  std::string last_error;
  for (const auto& [number, one] : sink.writers) {
    const bool is_worse =
        one.circuit > worst.circuit || (one.circuit == worst.circuit && one.since_us < worst.since_us);
    if (!one.last_error.empty()) last_error = one.last_error;
    if (is_first || is_worse) worst = one;
    is_first = false;
  }
  if (worst.last_error.empty()) worst.last_error = last_error;
  worst.rows_waiting = sink.rows_waiting;
  worst.rows_left_out = sink.rows_left_out;
  return worst;
}

std::map<std::string, std::int64_t> positions_by_name(const Checkpoint& positions) {
  std::map<std::string, std::int64_t> named;
  for (const auto& [partition, next] : positions.next)
    named[partition.topic + "/" + std::to_string(partition.number)] = number_of(next);
  return named;
}

std::string json_line(const ProgressReport& report) {
  nlohmann::ordered_json line;
  line["time"] = rfc3339(report.time_us);
  line["name"] = report.name;
  line["run_id"] = report.run_id;
  line["state"] = name_of(report.state);
  line["rows_read"] = report.account.rows_read;
  line["delivered"] = report.account.rows_delivered;
  line["refused"] = report.account.rows_refused;
  line["under_way"] = report.account.rows_under_way;
  line["skipped"] = report.account.records_skipped;
  line["rows_per_s"] = std::round(report.rows_per_s * 10) / 10;
  line["p50_ms"] = or_null(report.latency_p50_ms);
  line["p99_ms"] = or_null(report.latency_p99_ms);
  line["rows_read_per_s"] = std::round(report.rows_read_per_s * 10) / 10;
  line["stages"] = nlohmann::ordered_json::object();
  for (const auto& [stage, times] : report.stages) line["stages"][stage] = json_of(times, "batches");
  if (report.transactions.committed + report.transactions.aborted > 0) line["transactions"] = json_of(report);
  if (report.event_min_us)
    line["event_time"] = {{"min", rfc3339(*report.event_min_us)}, {"max", rfc3339(*report.event_max_us)}};
  line["sources"] = nlohmann::ordered_json::array();
  for (const PartitionLag& lag : report.lag) line["sources"].push_back(json_of(lag));
  line["sinks"] = nlohmann::ordered_json::object();
  for (const auto& [name, sink] : report.sinks)
    line["sinks"][name] = {{"circuit", name_of(sink.circuit)},
                           {"since", rfc3339(sink.since_us)},
                           {"state", sink.state},
                           {"reason", sink.reason},
                           {"last_error", sink.last_error},
                           {"rows_waiting", sink.rows_waiting},
                           {"rows_left_out", sink.rows_left_out}};
  line["model"] = report.terms ? nlohmann::ordered_json(report.terms->model) : nlohmann::ordered_json();
  line["positions"] = positions_by_name(report.positions);
  return line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

}  // namespace churnstream
