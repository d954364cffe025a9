// Scored batches for tests of sinks: says only what the test is about.
#pragma once

#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "data/scored_batch.h"
#include "sink/sink.h"

namespace churnstream {

struct TestRow {
  std::int64_t offset = 0;
  std::string id = "7590";
  double probability = 0.5;
  EpochMicros event_time_us = 0;
  std::optional<std::string> note = "month";
  double charges = 10;
};

inline const Partition kTestPartition{"churn", 0};

inline std::shared_ptr<const Schema> test_columns() {
  static const auto kSchema = std::make_shared<const Schema>(
      *Schema::make({{"id", ColumnType::text}, {"note", ColumnType::text}, {"charges", ColumnType::number}}));
  return kSchema;
}

inline std::shared_ptr<const ScoreTerms> test_terms() {
  static const auto kTerms = [] {
    ScoreTerms terms;
    terms.model = "abc123";
    terms.class_labels = {"No", "Yes"};
    terms.value_column = "charges";
    return std::make_shared<const ScoreTerms>(terms);
  }();
  return kTerms;
}

inline Assignment test_assignment(std::string owner = "test") {
  Assignment assignment;
  assignment.columns = test_columns();
  assignment.terms = test_terms();
  assignment.owner = std::move(owner);
  return assignment;
}

inline ScoredBatch scored_rows(const std::vector<TestRow>& rows, std::int64_t next) {
  ScoredBatch batch;
  batch.terms = test_terms();
  batch.rows = RecordBatch(test_columns());
  batch.num_classes = 2;
  batch.scored_at_us = 1'000'000;
  Extent& extent = batch.rows.extent();
  extent.partition = kTestPartition;
  extent.next = Offset{next};
  for (const TestRow& row : rows) {
    extent.offsets.push_back(Offset{row.offset});
    extent.event_times_us.push_back(row.event_time_us);
    batch.rows.column(0).add_text(row.id);
    if (row.note)
      batch.rows.column(1).add_text(*row.note);
    else
      batch.rows.column(1).add_missing();
    batch.rows.column(2).add_number(row.charges);
    batch.probabilities.insert(batch.probabilities.end(), {1 - row.probability, row.probability});
    batch.raw.insert(batch.raw.end(), {1 - row.probability, row.probability});
    batch.predictions.push_back(row.probability > 0.5 ? 1 : 0);
    batch.expected_loss.push_back(row.probability * row.charges);
  }
  return batch;
}

inline Checkpoint test_checkpoint(std::int64_t next, std::string identity = {}) {
  Checkpoint checkpoint;
  checkpoint.next[kTestPartition] = Offset{next};
  if (!identity.empty()) checkpoint.identity[kTestPartition.topic] = std::move(identity);
  return checkpoint;
}

}  // namespace churnstream
