// How many rows per second the SQLite sink makes durable, both tables, exactly once: Telco-like rows of 7,043
// customers, in batches as a lane makes them. The file is on the disk of the temporary folder.
#include <benchmark/benchmark.h>

#include "bench/telco_batches.h"
#include "sink/sqlite_sink.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

void sqlite_rows(benchmark::State& state) {
  const Assignment assignment = telco_assignment();
  const std::vector<ScoredBatch> batches = telco_batches(assignment, kCustomers);
  for (auto _ : state) {
    state.PauseTiming();
    const TemporaryFolder folder;
    const auto sink = make_sqlite_sink(folder / "churn.db");
    insist(sink->open(assignment).has_value(), "a new store opens");
    state.ResumeTiming();
    deliver_all(*sink, batches);
    state.PauseTiming();
    sink->close();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kCustomers));
}
BENCHMARK(sqlite_rows)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace churnstream

BENCHMARK_MAIN();
