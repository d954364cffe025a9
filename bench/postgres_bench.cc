// How many rows per second the PostgreSQL sink makes durable, exactly once: Telco-like rows of 31 columns, in
// batches as a lane makes them, into a fresh schema each time. CHURNSTREAM_POSTGRES says where the server is;
// scripts/bench starts one.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "bench/telco_batches.h"
#include "sink/postgres_connection.h"
#include "sink/postgres_sink.h"

namespace churnstream {
namespace {

constexpr std::size_t kRows = 5 * kCustomers;  // most of them replace a score that is there

PostgresSettings server(std::vector<std::string> tables) {
  const char* dsn = std::getenv("CHURNSTREAM_POSTGRES");
  insist(dsn != nullptr, "CHURNSTREAM_POSTGRES says where the server is");
  Config config;
  config.set("dsn", std::string(dsn));
  config.set("schema", std::string("bench"));
  config.set("tables", std::move(tables));
  config.set("view", std::string());
  config.set("new_columns", std::string("refuse"));
  config.set("events_by_day", false);
  config.set("retention", std::map<std::string, std::string>());
  config.set("timeout", std::chrono::nanoseconds(std::chrono::seconds(60)));
  return *postgres_settings_of(config);
}

using MakeSink = std::unique_ptr<Sink> (*)(PostgresSettings);

void write_rows(benchmark::State& state, std::vector<std::string> tables,
                MakeSink make = make_postgres_sink) {
  const PostgresSettings settings = server(std::move(tables));
  const Assignment assignment = telco_assignment();
  const std::vector<ScoredBatch> batches = telco_batches(assignment, kRows);
  const auto direct = *PostgresConnection::connect(settings);
  deliver_to_fresh_stores(state, assignment, batches, [&] {
    insist(direct->run("DROP SCHEMA IF EXISTS bench CASCADE; CHECKPOINT").has_value(), "the schema is fresh");
    return make(settings);
  });
}

void both_tables(benchmark::State& state) { write_rows(state, {"churn_scores", "churn_events"}); }
void events_alone(benchmark::State& state) { write_rows(state, {"churn_events"}); }
void past_rows(benchmark::State& state) {
  write_rows(state, {"churn_scores", "churn_events"}, [](PostgresSettings settings) {
    return make_postgres_backfill(std::move(settings), RowsThere::stay);
  });
}
BENCHMARK(both_tables)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(events_alone)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(past_rows)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace churnstream

BENCHMARK_MAIN();
