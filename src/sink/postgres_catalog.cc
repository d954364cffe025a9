#include "sink/postgres_catalog.h"

#include <fmt/format.h>

#include "base/sql_text.h"

namespace churnstream {
namespace {

tl::unexpected<Error> opening_failed(const PostgresConnection& connection, const PostgresError& error) {
  if (error.trouble == PostgresTrouble::passing || error.trouble == PostgresTrouble::unknown)
    return failed("opening the store", connection.place(), error.message);
  return wrong("opening the store", connection.place(), error.message,
               "may this user make schemas, tables and views, or did somebody make them?");
}

}  // namespace

std::string postgres_table(const PostgresSettings& settings, std::string_view table) {
  return sql_name(settings.schema) + "." + sql_name(table);
}

Result<PostgresRows> ask_postgres(PostgresConnection& connection, const std::string& sql) {
  PostgresResult<PostgresRows> rows = connection.run(sql);
  if (!rows) return opening_failed(connection, rows.error());
  return *std::move(rows);
}

Result<bool> is_in_postgres(PostgresConnection& connection, const std::string& question) {
  CHURNSTREAM_TRY_ASSIGN(const PostgresRows rows,
                         ask_postgres(connection, "SELECT " + question + " IS NOT NULL"));
  return rows.text(0, 0) == "t";
}

Result<bool> is_postgres_table(PostgresConnection& connection, const PostgresSettings& settings,
                               std::string_view table) {
  return is_in_postgres(connection, "to_regclass(" + sql_text(postgres_table(settings, table)) + ")");
}

Result<void> make_postgres_schema(PostgresConnection& connection, const std::string& name) {
  const std::string quoted = sql_name(name);
  CHURNSTREAM_TRY_ASSIGN(const bool is_made,
                         is_in_postgres(connection, "to_regnamespace(" + sql_text(quoted) + ")"));
  if (!is_made) CHURNSTREAM_TRY(ask_postgres(connection, "CREATE SCHEMA " + quoted));
  return {};
}

Result<std::map<std::string, PostgresColumn>> postgres_columns_of(PostgresConnection& connection,
                                                                  const std::string& table) {
  CHURNSTREAM_TRY_ASSIGN(
      const PostgresRows rows,
      ask_postgres(
          connection,
          fmt::format("SELECT attname, format_type(atttypid, atttypmod), attnotnull AND NOT atthasdef"
                      " FROM pg_attribute WHERE attrelid = to_regclass({}) AND attnum > 0 AND NOT "
                      "attisdropped",
                      sql_text(table))));
  std::map<std::string, PostgresColumn> found;
  for (int row = 0; row < rows.size(); ++row)
    found[std::string(rows.text(row, 0))] = {std::string(rows.text(row, 1)), rows.text(row, 2) == "t"};
  return found;
}

Result<void> in_turn(PostgresConnection& connection, const std::function<Result<void>()>& step) {
  CHURNSTREAM_TRY(ask_postgres(connection, std::string("BEGIN; ") + kPostgresOneAtATime));
  const Result<void> done = step();
  if (!done) {
    (void)connection.run("ROLLBACK");
    return done;
  }
  CHURNSTREAM_TRY(ask_postgres(connection, "COMMIT"));
  return {};
}

}  // namespace churnstream
