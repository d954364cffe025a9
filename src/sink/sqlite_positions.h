// How far each partition has come in a SQLite store, who moves it, and which rows were refused: in the same
// transaction as the rows. Used by the sink's thread.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "data/position.h"
#include "data/refused_row.h"
#include "sink/sqlite_database.h"

namespace churnstream {

class SqlitePositions {
 public:
  // Needs: the database outlives it; its tables are there. Positions move for `owner` alone.
  // `shares_partitions`: the source is a topic, and what it was must be what it is. `place` is for messages.
  static tl::expected<SqlitePositions, SqliteError> make(SqliteDatabase& database, std::string owner,
                                                         bool shares_partitions, std::string place);

  // From now on the positions move only for us; an owner before us finds its name gone and stops. All of
  // them.
  tl::expected<Checkpoint, SqliteError> take_over();

  // Nothing where the partition is new. Broken when it is not ours any more, or its topic another one.
  tl::expected<std::optional<Offset>, SqliteError> stored(const Partition& partition,
                                                          const Checkpoint& after);
  // Moves it on from what stored() gave, never back.
  tl::expected<void, SqliteError> move(const Partition& partition, std::optional<Offset> from, Offset next,
                                       const Checkpoint& after);

  // Of the offsets from `begin` up to `end`: those that were refused, with the reasons.
  tl::expected<std::vector<RefusedRow>, SqliteError> refused(const Partition& partition, Offset begin,
                                                             Offset end);
  tl::expected<void, SqliteError> remember_refused(const std::vector<RefusedRow>& rows);

 private:
  enum Statement { take, read_all, read, update, insert, read_refused, insert_refused };

  SqlitePositions(SqliteDatabase& database, std::string owner, bool shares_partitions, std::string place)
      : database_(&database),
        owner_(std::move(owner)),
        place_(std::move(place)),
        shares_partitions_(shares_partitions) {}
  SqliteError taken_over(const Partition& partition) const;
  static SqliteError made_anew(const Partition& partition);

  SqliteDatabase* database_;
  std::vector<SqliteStatement> statements_;
  std::string owner_, place_;
  bool shares_partitions_;
};

}  // namespace churnstream
