// Writes stretches of a batch into churn_events and churn_scores, each column as one array: one statement for
// many rows. Used by the sink's thread, inside its transactions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/scored_batch.h"
#include "sink/backfill.h"
#include "sink/postgres_arrays.h"
#include "sink/postgres_connection.h"

namespace churnstream {

// Rows [row, row_end) of a batch with the tombstones among them.
struct BatchSlice {
  std::size_t row = 0, row_end = 0;
  std::size_t tombstone = 0, tombstone_end = 0;

  std::size_t num_rows() const { return row_end - row; }
};
// What lies at `first` and behind it.
BatchSlice slice_from(const ScoredBatch& batch, Offset first);
// In two, before a row in the middle. Needs: two rows or more.
std::pair<BatchSlice, BatchSlice> halves(const ScoredBatch& batch, const BatchSlice& slice);

// For each row of the slice whether it is its customer's newest one, tombstones in between counted: no row
// before it is newer (>= in event time, then position) and no tombstone behind it takes it away.
std::vector<bool> newest_in(const ScoredBatch& batch, const BatchSlice& slice);

class PostgresRowWriter {
 public:
  // `backfill`: what becomes of rows that are there, where positions do not keep them apart.
  PostgresRowWriter(const ScoredRecord& record, const PostgresSettings& settings,
                    std::optional<RowsThere> backfill = {});

  PostgresResult<void> prepare(PostgresConnection& connection) const;
  // Takes customers with tombstones out of churn_scores, where nothing newer is there.
  PostgresResult<void> forget(PostgresConnection& connection, const ScoredBatch& batch,
                              const BatchSlice& slice) const;
  // An event that is there stays as it is; a score is replaced by the same or a newer event's.
  PostgresResult<void> insert(PostgresConnection& connection, const ScoredBatch& batch,
                              const BatchSlice& slice);

 private:
  std::string insert_sql() const;

  const ScoredRecord& record_;
  const PostgresSettings& settings_;
  const std::optional<RowsThere> backfill_;
  std::vector<PostgresArray> columns_;  // kept for their memory
};

}  // namespace churnstream
