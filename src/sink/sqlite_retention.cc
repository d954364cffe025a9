#include "sink/sqlite_retention.h"

#include <fmt/format.h>

namespace churnstream {
namespace {

const char* key_of(const std::string& table) {
  return table == "churn_scores" ? "customer_id" : "source_topic, source_partition, source_offset";
}

// The tables have no index on their time: it would cost every row what this costs once an hour. The oldest
// rows lie in front, in the order of their offsets, so that each statement but the last is quick.
tl::expected<bool, SqliteError> remove_old(SqliteDatabase& database, const std::string& table,
                                           EpochMicros before_us) {
  auto remove =
      database.prepare(fmt::format("DELETE FROM {0} WHERE ({1}) IN (SELECT {1} FROM {0} WHERE event_time < ?"
                                   " LIMIT {2})",
                                   table, key_of(table), kRetentionRowsAtOnce));
  if (!remove) return tl::make_unexpected(remove.error());
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < kRetentionTimeMax) {
    remove->bind(1, std::int64_t{before_us});
    if (const auto done = remove->run(); !done) return tl::make_unexpected(done.error());
    if (database.rows_changed() < kRetentionRowsAtOnce) return true;
  }
  return false;
}

}  // namespace

tl::expected<bool, SqliteError> remove_old_sqlite_rows(SqliteDatabase& database, const Retention& retention,
                                                       EpochMicros now_us) {
  bool is_all = true;
  for (const auto& [table, age] : retention) {
    const auto removed = remove_old(database, table, too_old_before(now_us, age));
    if (!removed) return removed;
    is_all = is_all && *removed;
  }
  return is_all;
}

}  // namespace churnstream
