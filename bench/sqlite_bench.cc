// How many rows per second the SQLite sink makes durable, exactly once: Telco-like rows of 31 columns, in
// batches as a lane makes them. The file is on the disk of the temporary folder.
#include <benchmark/benchmark.h>

#include "bench/telco_batches.h"
#include "sink/sqlite_sink.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

void write_rows(benchmark::State& state, ChosenTables tables) {
  const Assignment assignment = telco_assignment();
  const std::vector<ScoredBatch> batches = telco_batches(assignment, 5 * kCustomers);
  const TemporaryFolder folder;
  const SqliteSettings settings{.path = folder / "churn.db", .tables = tables};
  deliver_to_fresh_stores(state, assignment, batches, [&] {
    for (const char* end : {"", "-wal", "-shm"}) std::filesystem::remove(settings.path.string() + end);
    return make_sqlite_sink(settings);
  });
}

void sqlite_rows(benchmark::State& state) { write_rows(state, {}); }
void sqlite_events(benchmark::State& state) { write_rows(state, {.has_scores = false}); }

// A store with a million customers, filled once, and a tenth of them again in each run: no two neighbours in
// a batch are neighbours in the table.
class FilledStore {
 public:
  FilledStore() {
    insist(sink_->open(assignment_).has_value(), "a new store opens");
    while (written_ < kMillion) deliver_all(*sink_, next_rows(kMillion / 10));
  }
  std::vector<ScoredBatch> next_rows(std::size_t count) {
    return telco_batches(assignment_, count, kMillion, std::exchange(written_, written_ + count));
  }
  Sink& sink() { return *sink_; }

 private:
  static constexpr std::size_t kMillion = 1'000'000;
  const TemporaryFolder folder_;
  const Assignment assignment_ = telco_assignment();
  const std::unique_ptr<Sink> sink_ = make_sqlite_sink({folder_ / "churn.db"});
  std::size_t written_ = 0;
};

void sqlite_million_customers(benchmark::State& state) {
  static FilledStore store;
  constexpr std::size_t kRows = 100'000;
  for (auto _ : state) {
    state.PauseTiming();
    const std::vector<ScoredBatch> batches = store.next_rows(kRows);
    state.ResumeTiming();
    deliver_all(store.sink(), batches);
  }
  state.SetItemsProcessed(state.iterations() * std::int64_t{kRows});
}
BENCHMARK(sqlite_rows)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(sqlite_events)->Unit(benchmark::kMillisecond)->UseRealTime();
BENCHMARK(sqlite_million_customers)->Unit(benchmark::kMillisecond)->UseRealTime()->Iterations(1);

}  // namespace
}  // namespace churnstream

BENCHMARK_MAIN();
