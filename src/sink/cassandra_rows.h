// The sink's statements and their cells: what a row, a tombstone or an event that is taken back looks like
// to Cassandra, and which write time each has. Used by the sink's thread.
#pragma once

#include <string>

#include "data/scored_batch.h"
#include "sink/cassandra_cells.h"
#include "sink/cassandra_settings.h"

namespace churnstream {

// When Cassandra is to think that a record was written: event time in milliseconds x 1000 + offset mod 1000.
// The same record has the same write time whenever it comes, and a later event a later one. The offset orders
// the events of a millisecond, and wraps: of two events of a customer in the same millisecond whose offsets
// lie on two sides of a thousand the earlier one counts as the later, and with offsets a multiple of a
// thousand apart neither does. Never the least number, which stands for "none".
std::int64_t cassandra_write_time(EpochMicros event_time_us, Offset offset);

// The month of churn_events' partition, in UTC: 202611.
std::int32_t cassandra_month(EpochMicros event_time_us);

class CassandraStatements {
 public:
  CassandraStatements(const ScoredRecord& record, const CassandraSettings& settings)
      : record_(record), settings_(settings) {}

  // Each with the cells it takes, in order. Rows have the write time they are given.
  std::string insert_event() const;
  // What the row does not have is left as it stands: nothing stands there, unless another life of it does.
  enum class Missing { is_left, is_null };
  void event_cells(CassandraCells& cells, const ScoredBatch& batch, std::size_t row, std::int64_t write_time,
                   Missing missing) const;
  std::string insert_score() const;
  void score_cells(CassandraCells& cells, const ScoredBatch& batch, std::size_t row,
                   std::int64_t write_time) const;
  std::string forget() const;
  void forget_cells(CassandraCells& cells, const ScoredBatch& batch, std::size_t tombstone) const;
  std::string take_back_event() const;
  void take_back_cells(CassandraCells& cells, const ScoredBatch& batch, std::size_t row,
                       std::int64_t write_time) const;

 private:
  std::string insert(const char* table, const char* more_columns) const;
  const ScoredRecord& record_;
  const CassandraSettings& settings_;
};

}  // namespace churnstream
