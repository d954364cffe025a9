// How many rows per second the Cassandra sink brings to a node, into both tables, beside what the driver's
// door alone does with the same cells, made before the stopwatch starts: Telco-like rows of 31 columns, in
// batches as a lane makes them. CHURNSTREAM_CASSANDRA says where the node is; scripts/bench starts one.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "bench/telco_batches.h"
#include "sink/cassandra_rows.h"
#include "sink/cassandra_schema.h"
#include "sink/cassandra_sink.h"

namespace churnstream {
namespace {

constexpr std::size_t kRows = 4 * kBatchRows;  // most of them replace a score that is there

CassandraSettings node() {
  const char* node = std::getenv("CHURNSTREAM_CASSANDRA");
  insist(node != nullptr, "CHURNSTREAM_CASSANDRA says where the node is");
  CassandraSettings settings;
  settings.nodes = {node};
  settings.keyspace = "bench";
  return settings;
}

void sink(benchmark::State& state) {
  const Assignment assignment = telco_assignment();
  const std::vector<ScoredBatch> batches = telco_batches(assignment, kRows);
  const auto sink = make_cassandra_sink(node());
  insist(sink->open(assignment).has_value(), "the store opens");
  for (auto _ : state) deliver_all(*sink, batches);
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows));
}

void door(benchmark::State& state) {
  const Assignment assignment = telco_assignment();
  const CassandraSettings settings = node();
  const ScoredRecord record = *ScoredRecord::make(*assignment.columns, *assignment.terms);
  const auto session = *open_cassandra(settings);
  insist(make_or_check_cassandra_tables(*session, settings, record).has_value(), "the store opens");
  const CassandraStatements statements(record, settings);
  const std::int64_t event = *session->prepare(statements.insert_event());
  const std::int64_t score = *session->prepare(statements.insert_score());
  // A customer comes once in a batch here, so that the sink leaves none of its rows out.
  std::vector<CassandraCells> events, scores;
  for (const ScoredBatch& batch : telco_batches(assignment, kRows)) {
    events.emplace_back();
    scores.emplace_back();
    for (std::size_t row = 0; row < batch.num_rows(); ++row) {
      const Extent& extent = batch.rows.extent();
      const std::int64_t time = cassandra_write_time(extent.event_times_us[row], extent.offsets[row]);
      statements.event_cells(events.back(), batch, row, time, CassandraStatements::Missing::is_left);
      statements.score_cells(scores.back(), batch, row, time);
    }
  }
  for (auto _ : state)
    for (std::size_t i = 0; i < events.size(); ++i) {
      insist(session->write(event, events[i], settings.concurrent_writes).empty(), "the events are written");
      insist(session->write(score, scores[i], settings.concurrent_writes).empty(), "the scores are written");
    }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows));
}

BENCHMARK(door)->Name("warm_up")->Unit(benchmark::kMillisecond)->UseRealTime()->MinTime(10);
BENCHMARK(sink)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(door)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace churnstream

BENCHMARK_MAIN();
