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
  const TemporaryFolder folder;
  int run = 0;
  deliver_to_fresh_stores(state, assignment, batches,
                          [&] { return make_sqlite_sink(folder / fmt::format("churn-{}.db", ++run)); });
}
BENCHMARK(sqlite_rows)->Unit(benchmark::kMillisecond)->UseRealTime();

}  // namespace
}  // namespace churnstream

BENCHMARK_MAIN();
