// Writes stretches of a batch into churn_events, churn_scores and churn_outcomes, each column as one array:
// one statement for many rows. Used by the sink's thread, inside its transactions.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "sink/backfill.h"
#include "sink/batch_slice.h"
#include "sink/postgres_arrays.h"
#include "sink/postgres_connection.h"

namespace churnstream {

class PostgresRowWriter {
 public:
  // `backfill`: what becomes of rows that are there, where positions do not keep them apart.
  PostgresRowWriter(const ScoredRecord& record, const PostgresSettings& settings,
                    std::optional<RowsThere> backfill = {});

  PostgresResult<void> prepare(PostgresConnection& connection) const;
  // Takes customers with tombstones out of churn_scores, where nothing newer is there.
  PostgresResult<void> forget(PostgresConnection& connection, const ScoredBatch& batch,
                              const BatchSlice& slice) const;
  // An event that is there stays as it is; a score is replaced by the same or a newer event's. Past rows that
  // stay are copied into churn_events, which is faster, as long as none of the stretch is there.
  // Outcomes of the rows, where they are kept and known, as events are.
  PostgresResult<void> insert(PostgresConnection& connection, const ScoredBatch& batch,
                              const BatchSlice& slice);

 private:
  std::string insert_sql(bool into_events) const;
  std::string insert_outcomes_sql() const;
  PostgresResult<void> insert_rows(PostgresConnection& connection, const ScoredBatch& batch,
                                   const BatchSlice& slice);
  PostgresResult<void> insert_outcomes(PostgresConnection& connection, const ScoredBatch& batch,
                                       const BatchSlice& slice);
  PostgresResult<void> insert_by(const char* statement, PostgresConnection& connection,
                                 const ScoredBatch& batch, const BatchSlice& slice);
  PostgresResult<bool> copy_events(PostgresConnection& connection, const ScoredBatch& batch,
                                   const BatchSlice& slice) const;
  bool copies() const { return backfill_ == RowsThere::stay && settings_.has_events; }

  const ScoredRecord& record_;
  const PostgresSettings& settings_;
  const std::optional<RowsThere> backfill_;
  std::vector<PostgresArray> columns_, outcomes_;  // kept for their memory
};

}  // namespace churnstream
