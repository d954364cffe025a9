#include "dashboard/snapshot.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "base/log.h"

namespace churnstream {
namespace {

using Json = nlohmann::ordered_json;

constexpr auto kChangeWindow = std::chrono::seconds(60);
constexpr double kStoreShareMax = 0.1;    // of a core
constexpr double kBandDeviations = 1.96;  // 19 in 20, if customers leave independently given p

template <typename Value>
Json or_null(const std::optional<Value>& value) {
  return value ? Json(*value) : Json();
}
Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }
Json time_or_null(const std::optional<EpochMicros>& time_us) {
  return time_us ? Json(rfc3339(*time_us)) : Json();
}

std::optional<double> share_of(double part, double whole) {
  if (!(whole > 0)) return std::nullopt;
  return part / whole;
}

Json model_of(const ProgressReport& report) {
  if (!report.terms) return {};
  const ScoreTerms& terms = *report.terms;
  const bool named = terms.positive_class < terms.class_labels.size();
  return {{"fingerprint", terms.model},
          {"positive", named ? Json(terms.class_labels[terms.positive_class]) : Json()},
          {"threshold", terms.threshold},
          {"band_medium", terms.band_medium},
          {"band_high", terms.band_high},
          {"value_column", terms.value_column.empty() ? Json() : Json(terms.value_column)}};
}

Json columns_of(const std::vector<Field>& fields) {
  Json columns = Json::object();
  for (const Field& field : fields) columns[field.name] = name_of(field.type);
  return columns;
}

Json refused_of(const ProgressReport& report) {
  Json by_reason = Json::array(), recent = Json::array();
  for (const auto& [reason, rows] : report.refused_by_reason)
    by_reason.push_back({{"reason", reason}, {"rows", rows}});
  for (const RefusedGlance& row : report.refused_recent)
    recent.push_back({{"stage", row.stage},
                      {"reason", row.reason},
                      {"customer_id", row.key.empty() ? Json() : Json(row.key)},
                      {"partition", row.partition.topic + "/" + std::to_string(row.partition.number)},
                      {"offset", number_of(row.offset)},
                      {"refused_at", rfc3339(row.refused_at_us)}});
  return {{"by_reason", by_reason}, {"recent", recent}};
}

Json sinks_of(const ProgressReport& report) {
  Json sinks = Json::array();
  for (const auto& [name, sink] : report.sinks)
    sinks.push_back({{"name", name},
                     {"circuit", name_of(sink.circuit)},
                     {"since", rfc3339(sink.since_us)},
                     {"state", sink.state},
                     {"reason", sink.reason},
                     {"last_error", sink.last_error},
                     {"rows_waiting", sink.rows_waiting},
                     {"rows_left_out", sink.rows_left_out}});
  return sinks;
}

Json line_of(const ProgressReport& report) {
  Json ago = Json::array(), rows = Json::array(), p50 = Json::array(), p99 = Json::array();
  for (const FlowPoint& second : report.seconds) {
    ago.push_back(second.seconds_ago);
    rows.push_back(second.rows);
    p50.push_back(or_null(second.latency_p50_ms));
    p99.push_back(or_null(second.latency_p99_ms));
  }
  return {{"seconds_ago", ago}, {"rows", rows}, {"p50_ms", p50}, {"p99_ms", p99}};
}

Json finding_of(const DriftFinding& found) {
  return {{"column", found.column},
          {"psi", found.psi},
          {"noise", found.noise},
          {"verdict", name_of(found.verdict)}};
}

Json drift_of(const DriftWatch* drift) {
  if (drift == nullptr) return {};
  const DriftReport report = drift->report();
  Json columns = Json::array();
  for (const DriftFinding& one : report.columns) columns.push_back(finding_of(one));
  return {{"rows", report.rows},
          {"rows_min", DriftWatch::kRowsMin},
          {"score", report.score ? finding_of(*report.score) : Json()},
          {"columns", columns}};
}

Json at_risk_of(const RiskSummary& summary) {
  Json customers = Json::array();
  for (const CustomerScore& one : summary.at_risk)
    customers.push_back({{"customer_id", one.customer_id},
                         {"probability", number_or_null(one.probability)},
                         {"prediction", one.prediction},
                         {"risk_band", one.risk_band},
                         {"value", number_or_null(one.value)},
                         {"expected_loss", number_or_null(one.expected_loss)},
                         {"event_time", rfc3339(one.event_time_us)},
                         {"scored_at", rfc3339(one.scored_at_us)}});
  return customers;
}

Json numbers_of(const RiskSummary& summary) {
  const auto customers = static_cast<double>(summary.customers);
  return {{"events", summary.events},
          {"customers", summary.customers},
          {"flagged", summary.flagged},
          {"flagged_share", or_null(share_of(static_cast<double>(summary.flagged), customers))},
          {"expected_churners", summary.expected_churners},
          {"expected_churners_band", kBandDeviations * summary.expected_churners_sd},
          {"revenue_at_risk", summary.revenue_at_risk},
          {"revenue_at_risk_band", kBandDeviations * summary.revenue_at_risk_sd},
          {"revenue", summary.revenue},
          {"revenue_share", or_null(share_of(summary.revenue_at_risk, summary.revenue))},
          {"bands", summary.bands},
          {"histogram", summary.histogram},
          {"at_risk", at_risk_of(summary)},
          {"positions", positions_by_name(summary.positions)}};
}

}  // namespace

SnapshotMaker::SnapshotMaker(SnapshotSettings settings, const RunProgress& progress, History* history,
                             Clock& clock)
    : settings_(std::move(settings)), progress_(progress), history_(history), clock_(clock) {}

void SnapshotMaker::ask_store() {
  const std::chrono::nanoseconds begin = clock_.steady();
  if (begin < ask_again_) return;
  Result<RiskSummary> summary = history_->summary(settings_.at_risk_max);
  const std::chrono::nanoseconds end = clock_.steady();
  ask_again_ = begin + std::chrono::nanoseconds(
                           std::llround(static_cast<double>((end - begin).count()) / kStoreShareMax));
  if (!summary) {
    if (summary.error().message != store_error_)
      log_warn("The page cannot read the store: " + summary.error().message);
    store_error_ = summary.error().message;
    return;
  }
  store_error_.clear();
  summary_ = std::move(*summary);
  summary_us_ = clock_.now_us();
  remember(*summary_, end);
}

void SnapshotMaker::remember(const RiskSummary& summary, std::chrono::nanoseconds when) {
  if (summary.customers == 0) return;  // nothing to compare with yet
  earlier_.push_back({when, summary.customers,
                      share_of(static_cast<double>(summary.flagged), static_cast<double>(summary.customers)),
                      summary.expected_churners, summary.revenue_at_risk});
  while (earlier_.size() > 1 && earlier_[1].when <= when - kChangeWindow) earlier_.pop_front();
}

std::string SnapshotMaker::make() {
  if (history_ != nullptr) ask_store();
  const ProgressReport report = progress_.report();
  Json page;
  page["seq"] = ++sequence_;
  page["time"] = rfc3339(report.time_us);
  page["title"] = settings_.labels.title;
  page["currency"] = settings_.labels.currency;
  page["segments"] = settings_.segments;
  page["columns"] = columns_of(settings_.columns);
  page["hidden_columns"] = settings_.hidden_columns;
  page["state"] = name_of(report.state);
  page["failure"] = report.failure;
  page["started_at"] = rfc3339(report.started_us);
  page["finished_at"] = time_or_null(report.finished_us);
  page["last_record_at"] = time_or_null(report.last_record_us);
  page["model"] = model_of(report);
  page["account"] = {{"rows_read", report.account.rows_read},
                     {"delivered", report.account.rows_delivered},
                     {"refused", report.account.rows_refused},
                     {"under_way", report.account.rows_under_way},
                     {"skipped", report.account.records_skipped}};
  page["flow"] = {{"rows_per_s", report.rows_per_s},
                  {"p50_ms", or_null(report.latency_p50_ms)},
                  {"p99_ms", or_null(report.latency_p99_ms)}};
  page["positions"] = positions_by_name(report.positions);
  page["sinks"] = sinks_of(report);
  page["refused"] = refused_of(report);
  page["line"] = line_of(report);
  page["drift"] = drift_of(settings_.drift);
  page["store_error"] = store_error_;
  page["store"] = summary_ ? numbers_of(*summary_) : Json();
  if (summary_) page["store"]["time"] = rfc3339(summary_us_);
  if (summary_) page["store"]["before"] = Json();
  if (summary_ && !earlier_.empty()) {
    const Cards& before = earlier_.front();
    page["store"]["before"] = {
        {"seconds_ago", std::chrono::duration<double>(earlier_.back().when - before.when).count()},
        {"customers", before.customers},
        {"flagged_share", or_null(before.flagged_share)},
        {"expected_churners", before.expected_churners},
        {"revenue_at_risk", before.revenue_at_risk}};
  }
  return page.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace churnstream
