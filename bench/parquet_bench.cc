// How many rows per second the Parquet sink makes durable and turns into closed files: Telco-like rows of 31
// columns, in batches as a lane makes them. The folder is on the disk of the temporary folder.
#include <benchmark/benchmark.h>

#include "bench/telco_batches.h"
#include "sink/parquet_sink.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

constexpr std::size_t kRows = 1'000'000;

void parquet_rows(benchmark::State& state) {
  const Assignment assignment = telco_assignment();
  const std::vector<ScoredBatch> batches = telco_batches(assignment, kRows);
  for (auto _ : state) {
    state.PauseTiming();
    const TemporaryFolder folder;
    RolledSettings settings;
    settings.folder = folder / "scored";
    const auto sink = make_parquet_sink(settings);
    insist(sink->open(assignment).has_value(), "a new folder opens");
    state.ResumeTiming();
    deliver_all(*sink, batches);
    sink->close();
  }
  state.SetItemsProcessed(static_cast<std::int64_t>(state.iterations() * kRows));
}
BENCHMARK(parquet_rows)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace churnstream

BENCHMARK_MAIN();
