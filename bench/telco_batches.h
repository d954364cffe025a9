// Telco-like scored rows of 31 columns for the sinks' benchmarks: 7,043 customers, in batches as a lane makes
// them.
#pragma once

#include <benchmark/benchmark.h>
#include <fmt/format.h>

#include <string>

#include "sink/sink.h"

namespace churnstream {

constexpr std::size_t kCustomers = 7'043;
constexpr std::size_t kBatchRows = 4'096;

inline std::shared_ptr<const Schema> telco_columns() {
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

// Rows from `begin` on; each of the customers comes again after all the others, in an order that looks like
// none.
inline ScoredBatch batch_of(const Assignment& assignment, std::size_t begin, std::size_t count,
                            std::size_t customers = kCustomers) {
  ScoredBatch batch;
  batch.terms = assignment.terms;
  batch.rows = RecordBatch(assignment.columns);
  batch.num_classes = 2;
  batch.rows.extent().partition = {"data/telco.csv", 0};
  for (std::size_t row = begin; row < begin + count; ++row) {
    const std::size_t customer = row * 2'654'435'761u % customers;
    batch.rows.extent().offsets.push_back(Offset{static_cast<std::int64_t>(row)});
    batch.rows.extent().event_times_us.push_back(static_cast<EpochMicros>(row));
    batch.rows.column(0).add_text(fmt::format("{:07}-ABC", customer));
    for (std::size_t column = 1; column <= 15; ++column) batch.rows.column(column).add_text("Month-to-month");
    for (std::size_t column = 16; column < 20; ++column)
      batch.rows.column(column).add_number(29.85 * static_cast<double>(customer % 100));
    batch.probabilities.insert(batch.probabilities.end(), {0.25, 0.75});
    batch.predictions.push_back(1);
    batch.expected_loss.push_back(12.5);
  }
  return batch;
}

inline Assignment telco_assignment() {
  ScoreTerms terms;
  terms.model = std::string(64, 'a');
  terms.class_labels = {"No", "Yes"};
  Assignment assignment;
  assignment.columns = telco_columns();
  assignment.terms = std::make_shared<const ScoreTerms>(terms);
  assignment.owner = "bench";
  return assignment;
}

// `count` rows from `first` on in batches, made before the stopwatch starts.
inline std::vector<ScoredBatch> telco_batches(const Assignment& assignment, std::size_t count,
                                              std::size_t customers = kCustomers, std::size_t first = 0) {
  std::vector<ScoredBatch> batches;
  for (std::size_t begin = 0; begin < count; begin += kBatchRows)
    batches.push_back(batch_of(assignment, first + begin, std::min(kBatchRows, count - begin), customers));
  return batches;
}

// Writes them all. Needs: the sink is open and takes them.
inline void deliver_all(Sink& sink, const std::vector<ScoredBatch>& batches) {
  for (const ScoredBatch& batch : batches) {
    Checkpoint after;
    after.next[batch.rows.extent().partition] = churnstream::after(batch.rows.extent().offsets.back());
    insist(std::holds_alternative<Delivered>(sink.write(batch, after)), "the batch is delivered");
  }
}

// How long it takes to deliver all of them to a sink that `make_fresh()` makes, on a store of its own each
// time; making, opening and closing it do not count.
template <typename MakeFresh>
void deliver_to_fresh_stores(benchmark::State& state, const Assignment& assignment,
                             const std::vector<ScoredBatch>& batches, MakeFresh make_fresh) {
  std::size_t rows = 0;
  for (const ScoredBatch& batch : batches) rows += batch.num_rows();
  for (auto _ : state) {
    state.PauseTiming();
    const std::unique_ptr<Sink> sink = make_fresh();
    insist(sink->open(assignment).has_value(), "a new store opens");
    state.ResumeTiming();
    deliver_all(*sink, batches);
    state.PauseTiming();
    sink->close();
    state.ResumeTiming();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(rows));
}

}  // namespace churnstream
