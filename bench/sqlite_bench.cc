// How many rows per second the SQLite sink makes durable, both tables, exactly once: Telco-like rows of 7,043
// customers, in batches as a lane makes them. The file is on the disk of the temporary folder.
#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include "sink/sqlite_sink.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

constexpr std::size_t kCustomers = 7'043;
constexpr std::size_t kBatchRows = 4'096;

std::shared_ptr<const Schema> telco_columns() {
  std::vector<Field> fields{{"customerID", ColumnType::text}};
  for (const char* name :
       {"gender", "Partner", "Dependents", "PhoneService", "MultipleLines", "InternetService",
        "OnlineSecurity", "OnlineBackup", "DeviceProtection", "TechSupport", "StreamingTV", "StreamingMovies",
        "Contract", "PaperlessBilling", "PaymentMethod"})
    fields.push_back({name, ColumnType::text});
  for (const char* name : {"SeniorCitizen", "tenure", "MonthlyCharges", "TotalCharges"})
    fields.push_back({name, ColumnType::number});
  return std::make_shared<const Schema>(*Schema::make(std::move(fields)));
}

// Rows from `begin` on; customers come again after kCustomers, in another order each time.
ScoredBatch batch_of(const Assignment& assignment, std::size_t begin, std::size_t count) {
  ScoredBatch batch;
  batch.terms = assignment.terms;
  batch.rows = RecordBatch(assignment.columns);
  batch.num_classes = 2;
  batch.rows.extent().partition = {"data/telco.csv", 0};
  for (std::size_t row = begin; row < begin + count; ++row) {
    const std::size_t customer = row * 2'654'435'761u % kCustomers;
    batch.rows.extent().offsets.push_back(Offset{static_cast<std::int64_t>(row)});
    batch.rows.extent().event_times_us.push_back(static_cast<EpochMicros>(row));
    batch.rows.column(0).add_text(fmt::format("{:04}-ABCDE", customer));
    for (std::size_t column = 1; column <= 15; ++column) batch.rows.column(column).add_text("Month-to-month");
    for (std::size_t column = 16; column < 20; ++column)
      batch.rows.column(column).add_number(29.85 * static_cast<double>(customer % 100));
    batch.probabilities.insert(batch.probabilities.end(), {0.25, 0.75});
    batch.predictions.push_back(1);
    batch.expected_loss.push_back(12.5);
  }
  return batch;
}

void sqlite_rows(benchmark::State& state) {
  ScoreTerms terms;
  terms.model = std::string(64, 'a');
  terms.class_labels = {"No", "Yes"};
  Assignment assignment;
  assignment.columns = telco_columns();
  assignment.terms = std::make_shared<const ScoreTerms>(terms);
  assignment.owner = "bench";
  std::vector<ScoredBatch> batches;
  for (std::size_t begin = 0; begin < kCustomers; begin += kBatchRows)
    batches.push_back(batch_of(assignment, begin, std::min(kBatchRows, kCustomers - begin)));

  for (auto _ : state) {
    state.PauseTiming();
    const TemporaryFolder folder;
    const auto sink = make_sqlite_sink(folder / "churn.db");
    insist(sink->open(assignment).has_value(), "a new store opens");
    state.ResumeTiming();
    for (const ScoredBatch& batch : batches) {
      Checkpoint after;
      after.next[batch.rows.extent().partition] = churnstream::after(batch.rows.extent().offsets.back());
      insist(std::holds_alternative<Delivered>(sink->write(batch, after)), "the batch is delivered");
    }
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
