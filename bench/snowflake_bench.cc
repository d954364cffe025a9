// How many rows per second the Snowflake sink can hand over: encode, sign, pack, send, read the answers.
// Telco-like rows of 31 columns, in batches as a lane makes them, to our own strict server, which checks
// every request and keeps no rows (tests/services/snowflake start DIR --drain). What Snowflake itself takes
// is not measured here. CHURNSTREAM_SNOWFLAKE and CHURNSTREAM_SNOWFLAKE_KEY say where the server is;
// scripts/bench starts one.
#include <benchmark/benchmark.h>

#include <cstdlib>

#include "bench/telco_batches.h"
#include "sink/snowflake_sink.h"

namespace churnstream {
namespace {

constexpr std::size_t kRows = 20 * kBatchRows;

SnowflakeSettings server(SnowflakeSettings::Mode mode) {
  const char* url = std::getenv("CHURNSTREAM_SNOWFLAKE");
  const char* key = std::getenv("CHURNSTREAM_SNOWFLAKE_KEY");
  insist(url != nullptr && key != nullptr, "CHURNSTREAM_SNOWFLAKE says where the server is");
  SnowflakeSettings settings;
  settings.mode = mode;
  settings.url = url;
  settings.account = "MYORG-TEST";
  settings.user = "CHURN";
  settings.private_key = *read_file(key);
  settings.database = "CHURN";
  settings.pipe = "CHURN_EVENTS-STREAMING";
  return settings;
}

void write_rows(benchmark::State& state, SnowflakeSettings::Mode mode) {
  SnowflakeSettings settings = server(mode);
  const Assignment assignment = telco_assignment();
  const std::vector<ScoredBatch> batches = telco_batches(assignment, kRows);
  static int run = 0;  // a store of its own for each
  deliver_to_fresh_stores(state, assignment, batches, [&] {
    settings.schema = fmt::format("BENCH_{}_{}", static_cast<int>(mode), ++run);
    return make_snowflake_sink(settings);
  });
}

void streaming(benchmark::State& state) { write_rows(state, SnowflakeSettings::Mode::streaming); }
void merge(benchmark::State& state) { write_rows(state, SnowflakeSettings::Mode::merge); }
// By our own processor time: the server beside us is a Python program, and would be what the clock measures.
BENCHMARK(streaming)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();
BENCHMARK(merge)->Unit(benchmark::kMillisecond)->MeasureProcessCPUTime();

}  // namespace
}  // namespace churnstream

BENCHMARK_MAIN();
