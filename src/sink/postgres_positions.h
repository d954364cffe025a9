// How far the PostgreSQL store has come, per partition (churn_positions), and which rows it refused on the
// way (churn_refused). Used inside the sink's transactions: what is read here is locked until the transaction
// ends, so that of several writers of a partition each sees what the one before it did.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/refused_row.h"
#include "sink/postgres_connection.h"

namespace churnstream {

struct StoredPosition {
  Offset next{};
  std::optional<std::string> identity;
  std::string owner;
};

class PostgresPositions {
 public:
  // Needs: the connection outlives it. Prepares the statements.
  static PostgresResult<PostgresPositions> make(PostgresConnection& connection,
                                                const PostgresSettings& settings);

  PostgresResult<Checkpoint> all();
  // The position, nothing stored being offset 0 of `owner`; nobody else can read it so until the transaction
  // ends.
  PostgresResult<StoredPosition> lock(const Partition& partition, const std::string& owner);
  // Demands the position that lock() gave, its owner with it; broken when it is another one.
  PostgresResult<void> move(const Partition& partition, const StoredPosition& from, const StoredPosition& to);

  // Of the offsets from `begin` up to `end`: those that were refused, with the reasons.
  PostgresResult<std::vector<RefusedRow>> refused(const Partition& partition, Offset begin, Offset end);
  PostgresResult<void> remember_refused(const std::vector<RefusedRow>& rows);

 private:
  PostgresPositions(PostgresConnection& connection, std::string positions)
      : connection_(&connection), positions_(std::move(positions)) {}
  PostgresConnection* connection_;
  std::string positions_;
};

}  // namespace churnstream
