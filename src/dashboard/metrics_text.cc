#include "dashboard/metrics_text.h"

#include <prometheus/text_serializer.h>
#include <sys/resource.h>
#include <unistd.h>

#include <array>
#include <filesystem>
#include <fstream>

namespace churnstream {
namespace {

using prometheus::MetricFamily;
using prometheus::MetricType;
using Labels = std::vector<prometheus::ClientMetric::Label>;

// Families in the order in which they are to be read.
class Families {
 public:
  void gauge(const char* name, const char* help, double value, Labels labels = {}) {
    metric(name, help, MetricType::Gauge, std::move(labels)).gauge.value = value;
  }
  void counter(const char* name, const char* help, double value, Labels labels = {}) {
    metric(name, help, MetricType::Counter, std::move(labels)).counter.value = value;
  }
  // Quantiles of the last seconds beside the count and the sum of everything.
  void summary(const char* name, const char* help, const StageGlance& times, Labels labels = {}) {
    auto& summary = metric(name, help, MetricType::Summary, std::move(labels)).summary;
    summary.sample_count = times.count;
    summary.sample_sum = times.seconds;
    if (times.p50_ms) summary.quantile.push_back({0.5, *times.p50_ms / 1e3});
    if (times.p99_ms) summary.quantile.push_back({0.99, *times.p99_ms / 1e3});
  }
  std::string text() const { return prometheus::TextSerializer().Serialize(families_); }

 private:
  prometheus::ClientMetric& metric(const char* name, const char* help, MetricType type, Labels labels) {
    if (families_.empty() || families_.back().name != name) families_.push_back({name, help, type, {}});
    auto& metric = families_.back().metric.emplace_back();
    metric.label = std::move(labels);
    return metric;
  }
  std::vector<MetricFamily> families_;
};

Labels labels_of(const Partition& partition) {
  return {{"topic", partition.topic}, {"partition", std::to_string(partition.number)}};
}

double seconds(EpochMicros time_us) { return static_cast<double>(time_us) / 1e6; }
double as_double(std::uint64_t count) { return static_cast<double>(count); }

void add_rows(Families& out, const ProgressReport& report) {
  const Account& account = report.account;
  out.counter("churnstream_rows_read_total", "Rows read from the source.", as_double(account.rows_read));
  out.counter("churnstream_rows_delivered_total", "Rows that are durable in every required sink.",
              as_double(account.rows_delivered));
  out.counter("churnstream_rows_refused_total", "Rows that were refused and kept with their reason.",
              as_double(account.rows_refused));
  out.gauge("churnstream_rows_under_way", "Rows read and neither delivered nor refused yet.",
            as_double(account.rows_under_way));
  for (const auto& [stage, count] : report.refused_by_stage)
    out.counter("churnstream_rows_refused_by_stage_total", "Refused rows by who refused them.",
                as_double(count), {{"stage", stage}});
  for (const auto& [reason, count] : account.records_skipped)
    out.counter("churnstream_records_skipped_total", "Records that are no rows: header, blank, tombstone.",
                as_double(count), {{"reason", reason}});
}

void add_times(Families& out, const ProgressReport& report) {
  StageGlance latency{.count = report.account.rows_delivered};
  latency.p50_ms = report.latency_p50_ms;
  latency.p99_ms = report.latency_p99_ms;
  if (latency.p50_ms)
    out.gauge("churnstream_latency_seconds",
              "From the source's hand-over of a row to its being durable, in the last seconds.",
              *latency.p50_ms / 1e3, {{"quantile", "0.5"}});
  if (latency.p99_ms)
    out.gauge("churnstream_latency_seconds",
              "From the source's hand-over of a row to its being durable, in the last seconds.",
              *latency.p99_ms / 1e3, {{"quantile", "0.99"}});
  for (const auto& [stage, times] : report.stages)
    out.summary("churnstream_stage_seconds", "What a batch takes in one stage of the walk.", times,
                {{"stage", stage}});
  if (report.last_record_us)
    out.gauge("churnstream_last_delivery_timestamp_seconds", "When a row last became durable.",
              seconds(*report.last_record_us));
}

void add_lag(Families& out, const ProgressReport& report) {
  for (const PartitionLag& lag : report.lag)
    out.gauge("churnstream_lag_records", "Records that are there and not read yet.",
              static_cast<double>(number_of(lag.end) - number_of(lag.next)), labels_of(lag.partition));
  for (const PartitionLag& lag : report.lag)
    if (lag.lag_seconds >= 0)
      out.gauge("churnstream_lag_seconds", "How old the record read last was when it was read.",
                lag.lag_seconds, labels_of(lag.partition));
  for (const auto& [partition, next] : report.positions.next)
    out.gauge("churnstream_position", "Everything before this offset is safe.",
              static_cast<double>(number_of(next)), labels_of(partition));
}

void add_sinks(Families& out, const ProgressReport& report) {
  constexpr std::array<const char*, 5> kStates{"delivered", "try_again", "unknown", "refused_rows", "broken"};
  for (const auto& [name, sink] : report.sinks)
    for (const char* state : kStates)
      out.gauge("churnstream_sink_state", "1 for what the sink answered last.", sink.state == state ? 1 : 0,
                {{"sink", name}, {"state", state}});
  for (const auto& [name, sink] : report.sinks)
    for (const SinkCircuit circuit :
         {SinkCircuit::opening, SinkCircuit::working, SinkCircuit::trying_again, SinkCircuit::given_up})
      out.gauge("churnstream_sink_circuit", "1 for whether the sink takes rows.",
                sink.circuit == circuit ? 1 : 0, {{"sink", name}, {"circuit", name_of(circuit)}});
  for (const auto& [name, sink] : report.sinks)
    out.gauge("churnstream_sink_circuit_since_timestamp_seconds", "Since when the sink stands so.",
              seconds(sink.since_us), {{"sink", name}});
  for (const auto& [name, sink] : report.sinks)
    out.gauge("churnstream_sink_rows_waiting", "Rows in the queues of the sink and being written.",
              static_cast<double>(sink.rows_waiting), {{"sink", name}});
  for (const auto& [name, sink] : report.sinks)
    out.counter("churnstream_sink_rows_left_out_total", "Rows that an optional sink was not given.",
                as_double(sink.rows_left_out), {{"sink", name}});
  const TransactionGlance& transactions = report.transactions;
  if (transactions.committed + transactions.aborted == 0) return;
  for (const auto& [outcome, count] :
       {std::pair("committed", transactions.committed), std::pair("aborted", transactions.aborted)})
    out.counter("churnstream_transactions_total", "Transactions that ended.", as_double(count),
                {{"outcome", outcome}});
  out.summary("churnstream_transaction_seconds", "From a transaction's begin to the answer to its commit.",
              transactions.times);
}

void add_process(Families& out, const ProgressReport& report, std::string_view version) {
  out.gauge("churnstream_build_info", "1, with the version.", 1, {{"version", std::string(version)}});
  if (report.terms)
    out.gauge("churnstream_model_info", "1, with the fingerprint of the model that scores.", 1,
              {{"fingerprint", report.terms->model}});
  for (const RunState state :
       {RunState::starting, RunState::running, RunState::stopping, RunState::finished, RunState::failed})
    out.gauge("churnstream_run_state", "1 for the state of the run.", report.state == state ? 1 : 0,
              {{"state", name_of(state)}});
  out.gauge("churnstream_start_timestamp_seconds", "When the run began.", seconds(report.started_us));
  const ProcessUse use = process_use();
  out.counter("process_cpu_seconds_total", "User and system time.", use.cpu_seconds);
  out.gauge("process_resident_memory_bytes", "Resident memory.", use.resident_bytes);
  out.gauge("process_open_fds", "Open file descriptors.", use.open_descriptors);
  out.gauge("process_threads", "Threads.", use.threads);
}

}  // namespace

std::string metrics_text(const ProgressReport& report, std::string_view version) {
  Families families;
  add_rows(families, report);
  add_times(families, report);
  add_lag(families, report);
  add_sinks(families, report);
  add_process(families, report, version);
  return families.text();
}

ProcessUse process_use() {
  ProcessUse use;
  rusage usage{};
  if (::getrusage(RUSAGE_SELF, &usage) == 0) {
    const auto of = [](const timeval& time) {
      return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) / 1e6;
    };
    use.cpu_seconds = of(usage.ru_utime) + of(usage.ru_stime);
  }
  double pages = 0, resident = 0;
  if (std::ifstream("/proc/self/statm") >> pages >> resident)
    use.resident_bytes = resident * static_cast<double>(::sysconf(_SC_PAGESIZE));
  const auto entries = [](const char* folder) {
    std::error_code error;
    double count = 0;
    for (std::filesystem::directory_iterator entry(folder, error), end; !error && entry != end;
         entry.increment(error))
      ++count;
    return count;
  };
  use.open_descriptors = entries("/proc/self/fd");
  use.threads = entries("/proc/self/task");
  return use;
}

}  // namespace churnstream
