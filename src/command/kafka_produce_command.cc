// churnstream produce DATA --topic T: rows of a file into a topic, as the original's churn.py did, at any
// rate.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <thread>

#include "base/clock.h"
#include "base/progress_bar.h"
#include "command/evaluation_text.h"
#include "command/kafka_arguments.h"
#include "command/produced_rows.h"
#include "command/stop_signal.h"
#include "command/verbs.h"
#include "config/duration.h"
#include "kafka/plain_producer.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

struct ProduceOptions {
  KafkaArguments kafka;
  ProducedRowsSettings rows;
  std::string topic;
  double rate = 0;
  std::string every;
  std::uint64_t loops = 1;
};

// Waits for a row's turn; in slices, so that a stop is noticed and delivery reports come in.
void wait_for_turn(std::chrono::nanoseconds due, PlainProducer& producer, const std::atomic<bool>& stop) {
  while (!stop) {
    producer.serve();
    const std::chrono::nanoseconds left = due - system_clock().steady();
    if (left <= 0ns) return;
    system_clock().sleep(std::min<std::chrono::nanoseconds>(left, 50ms));
  }
}

Result<std::chrono::nanoseconds> pause_of(const ProduceOptions& options) {
  if (options.rate > 0) return std::chrono::nanoseconds(static_cast<std::int64_t>(1e9 / options.rate));
  const std::string every = options.every.empty() && options.rows.as_original ? "2s" : options.every;
  if (every.empty()) return 0ns;
  const auto pause = parse_duration(every);
  if (!pause) return wrong("reading --every", every, "this is no length of time", "such as 2s or 100ms");
  return *pause;
}

// `rows` are those of the first loop.
Result<void> send_all(const ProduceOptions& options, std::unique_ptr<ProducedRows> rows,
                      std::chrono::nanoseconds pause, PlainProducer& producer,
                      const std::atomic<bool>& stop) {
  ProgressBar progress({.what = "producing", .unit = "rows"});
  const std::chrono::nanoseconds begin = system_clock().steady();
  for (std::uint64_t loop = 0; loop < options.loops && !stop; ++loop) {
    if (loop > 0) {
      CHURNSTREAM_TRY_ASSIGN(rows, ProducedRows::open(options.rows));
    }
    for (;;) {
      CHURNSTREAM_TRY_ASSIGN(const bool more, rows->next());
      if (!more || stop) break;
      if (pause > 0ns)
        wait_for_turn(begin + pause * static_cast<std::int64_t>(producer.sent()), producer, stop);
      if (stop) break;
      CHURNSTREAM_TRY(producer.send({.key = rows->key(), .value = rows->value()}));
      progress.add(1);
    }
  }
  return {};
}

Result<void> produce(const ProduceOptions& options) {
  if (options.loops > 1 && options.rows.path == "-")
    return wrong("reading", "--loops", "standard input comes only once");
  CHURNSTREAM_TRY_ASSIGN(const std::chrono::nanoseconds pause, pause_of(options));
  CHURNSTREAM_TRY_ASSIGN(const auto properties, kafka_properties_of(options.kafka));
  // Before anybody is asked: the file may not be there.
  CHURNSTREAM_TRY_ASSIGN(std::unique_ptr<ProducedRows> rows, ProducedRows::open(options.rows));
  CHURNSTREAM_TRY_ASSIGN(const auto producer, PlainProducer::connect(properties, options.topic));
  const StopSignal signal;
  const std::chrono::nanoseconds begin = system_clock().steady();
  const Result<void> sent = send_all(options, std::move(rows), pause, *producer, signal.asked());
  producer->flush(70s);
  const double seconds = std::chrono::duration<double>(system_clock().steady() - begin).count();
  std::fprintf(
      stderr, "%s rows sent, %s acknowledged, %.1f s, %s rows/s\n", with_commas(producer->sent()).c_str(),
      with_commas(producer->acknowledged()).c_str(), seconds,
      with_commas(static_cast<std::uint64_t>(static_cast<double>(producer->acknowledged()) / seconds))
          .c_str());
  if (!sent) return sent;
  if (producer->sent() != producer->acknowledged())
    return failed("producing to", options.topic,
                  fmt::format("{} of {} rows were not acknowledged: {}",
                              with_commas(producer->sent() - producer->acknowledged()),
                              with_commas(producer->sent()), producer->problem()));
  return {};
}

}  // namespace

Verb produce_verb() {
  return {
      "produce", "Send the rows of a file to a Kafka topic, keyed by customer.",
      "churnstream produce data/telco.csv --topic churn --rate 1000", [](CLI::App& app) {
        auto options = std::make_shared<ProduceOptions>();
        app.add_option("DATA", options->rows.path,
                       "CSV with a header line, JSON lines or Parquet; - is standard input.")
            ->required();
        app.add_option("--topic", options->topic, "The topic.")->required();
        add_kafka_arguments(app, options->kafka);
        app.add_option(
               "--format", options->rows.format,
               "csv, jsonl or parquet (its rows are sent as CSV lines); left out: by the file's name.")
            ->check(CLI::IsMember({"csv", "jsonl", "parquet"}));
        app.add_option(
            "--key", options->rows.key,
            "The column, or JSON field, that is the record's key; left out: customerID where there is "
            "one, else none.");
        auto* rate = app.add_option("--rate", options->rate, "Rows per second; left out: as fast as it goes.")
                         ->check(CLI::PositiveNumber);
        app.add_option("--every", options->every, "One row every so often, such as 2s.")->excludes(rate);
        app.add_flag("--send-header", options->rows.send_header, "Send the header line as a row too.");
        app.add_option("--drop", options->rows.drop, "Leave a CSV column out, such as the label.");
        app.add_flag("--as-original", options->rows.as_original,
                     "As the original's churn.py: header line first, each line with its newline, no key, one "
                     "every 2 s unless told otherwise.");
        app.add_option("--loops", options->loops, "Send the whole file so many times.")
            ->check(CLI::Range(1, 1'000'000));
        return [options] { return produce(*options); };
      }};
}

}  // namespace churnstream
