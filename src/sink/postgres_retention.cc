#include "sink/postgres_retention.h"

#include <fmt/format.h>

#include <chrono>

#include "base/sql_text.h"
#include "sink/postgres_catalog.h"

namespace churnstream {
namespace {

// For what locks a table others write to: better another time than everybody waiting behind us.
PostgresResult<void> in_passing(PostgresConnection& connection, const std::string& sql) {
  const auto done = connection.run("BEGIN; SET LOCAL lock_timeout = '2s'; " + sql + "; COMMIT");
  if (done) return {};
  if (!connection.is_lost()) (void)connection.run("ROLLBACK");
  return tl::make_unexpected(done.error());
}

std::string too_old(std::chrono::seconds age) {
  return fmt::format("now() - interval '{} seconds'", age.count());
}

PostgresResult<void> drop_old_days(PostgresConnection& connection, const PostgresSettings& settings,
                                   std::chrono::seconds age) {
  const auto days = connection.run(
      fmt::format("SELECT relname FROM pg_inherits JOIN pg_class ON pg_class.oid = inhrelid WHERE inhparent "
                  "= to_regclass({})"
                  " AND relname ~ '^churn_events_[0-9]{{8}}$'"
                  " AND (to_date(right(relname, 8), 'YYYYMMDD') + 1)::timestamp AT TIME ZONE 'UTC' <= {}",
                  sql_text(postgres_table(settings, "churn_events")), too_old(age)));
  if (!days) return tl::make_unexpected(days.error());
  for (int row = 0; row < days->size(); ++row)
    if (const auto dropped =
            in_passing(connection, "DROP TABLE IF EXISTS " + postgres_table(settings, days->text(row, 0)));
        !dropped)
      return dropped;
  return {};
}

PostgresResult<bool> delete_old_rows(PostgresConnection& connection, const std::string& table,
                                     std::chrono::seconds age) {
  const std::string sql = fmt::format(
      "DELETE FROM {0} WHERE ctid = ANY (ARRAY(SELECT ctid FROM {0} WHERE event_time < {1} LIMIT {2}))",
      table, too_old(age), kRetentionRowsAtOnce);
  const auto begin = std::chrono::steady_clock::now();
  while (std::chrono::steady_clock::now() - begin < kRetentionTimeMax) {
    const auto deleted = connection.run(sql);
    if (!deleted) return tl::make_unexpected(deleted.error());
    if (deleted->rows_changed() < kRetentionRowsAtOnce) return true;
  }
  return false;
}

}  // namespace

PostgresResult<void> make_postgres_days(PostgresConnection& connection, const PostgresSettings& settings) {
  const auto days = connection.run(fmt::format(
      "SELECT to_char(day, 'YYYYMMDD'), to_char(day, 'YYYY-MM-DD'), to_char(day + 1, 'YYYY-MM-DD')"
      " FROM (SELECT (now() AT TIME ZONE 'UTC')::date + n AS day FROM generate_series(-1, 1) n) days"
      " WHERE to_regclass(format('%I.%I', {}, 'churn_events_' || to_char(day, 'YYYYMMDD'))) IS NULL",
      sql_text(settings.schema)));
  if (!days) return tl::make_unexpected(days.error());
  for (int row = 0; row < days->size(); ++row) {
    const auto made = in_passing(
        connection,
        fmt::format(
            "{}; CREATE TABLE IF NOT EXISTS {} PARTITION OF {} FOR VALUES FROM ('{} 00:00+00') TO ('{} "
            "00:00+00')",
            kPostgresOneAtATime, postgres_table(settings, fmt::format("churn_events_{}", days->text(row, 0))),
            postgres_table(settings, "churn_events"), days->text(row, 1), days->text(row, 2)));
    // Rows of that day lie with the other days' already, and so will the rest of them.
    if (!made && made.error().trouble != PostgresTrouble::row) return made;
  }
  return {};
}

PostgresResult<bool> remove_old_postgres_rows(PostgresConnection& connection,
                                              const PostgresSettings& settings) {
  bool is_all = true;
  for (const auto& [table, age] : settings.retention) {
    const bool is_by_day = settings.events_by_day && table == "churn_events";
    if (is_by_day)
      if (const auto dropped = drop_old_days(connection, settings, age); !dropped)
        return tl::make_unexpected(dropped.error());
    const auto deleted =
        delete_old_rows(connection, postgres_table(settings, is_by_day ? kPostgresOtherDays : table), age);
    if (!deleted) return deleted;
    is_all = is_all && *deleted;
  }
  return is_all;
}

}  // namespace churnstream
