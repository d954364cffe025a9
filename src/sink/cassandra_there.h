// What a Cassandra store has already of a batch of past rows, for sinks that bring some (sink/backfill.h).
// Used by the sink's thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "data/scored_batch.h"
#include "sink/cassandra_session.h"

namespace churnstream {

// By row of the batch: the newest write time of any cell of the same record there; nothing: it is not there.
using CassandraTimes = std::vector<std::optional<std::int64_t>>;

struct CassandraThere {
  CassandraTimes events;  // its row of churn_events
  CassandraTimes scores;  // its customer's row of churn_scores, where that is the same record's
};

// Asks a few customers at a time. Rows that the server will not be asked for, as it will not take them, are
// not there.
CassandraResult<CassandraThere> look_for_past_rows(CassandraSession& session,
                                                   const CassandraSettings& settings,
                                                   const ScoredRecord& record, const ScoredBatch& batch);

}  // namespace churnstream
