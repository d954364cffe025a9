#include "sink/snowflake_catalog.h"

#include <fmt/format.h>

#include "base/sql_text.h"

namespace churnstream {

std::string snowflake_table(const SnowflakeSettings& settings, std::string_view table) {
  return sql_name(settings.database) + "." + sql_name(settings.schema) + "." + sql_name(table);
}

tl::unexpected<Error> opening_snowflake_failed(const SnowflakeSettings& settings,
                                               const SnowflakeError& error) {
  const std::string place = settings.database + "." + settings.schema + " at " + settings.url;
  if (error.trouble == SnowflakeTrouble::passing || error.trouble == SnowflakeTrouble::unknown)
    return failed("opening the store", place, error.message);
  return wrong("opening the store", place, error.message,
               "docs/guides/snowflake.md lists the rights that are needed");
}

Result<SnowflakeRows> SnowflakeCatalog::ask(const std::string& sql,
                                            const std::vector<std::string>& bindings) {
  auto rows = statements_.run(sql, bindings);
  if (!rows) return opening_snowflake_failed(settings_, rows.error());
  return *std::move(rows);
}

Result<void> SnowflakeCatalog::make_schema(const std::string& schema) {
  CHURNSTREAM_TRY_ASSIGN(
      const SnowflakeRows there,
      ask(fmt::format("SELECT SCHEMA_NAME FROM {}.INFORMATION_SCHEMA.SCHEMATA WHERE SCHEMA_NAME = ?",
                      sql_name(settings_.database)),
          {schema}));
  if (there.empty())
    CHURNSTREAM_TRY(ask(
        fmt::format("CREATE SCHEMA IF NOT EXISTS {}.{}", sql_name(settings_.database), sql_name(schema))));
  return {};
}

Result<void> SnowflakeCatalog::look(const std::string& schema) {
  const std::string database = sql_name(settings_.database);
  CHURNSTREAM_TRY_ASSIGN(
      const SnowflakeRows tables,
      ask(fmt::format(
              "SELECT TABLE_NAME, TABLE_TYPE FROM {}.INFORMATION_SCHEMA.TABLES WHERE TABLE_SCHEMA = ?",
              database),
          {schema}));
  for (const auto& row : tables)
    if (row.size() == 2) types_[row[0].value_or("")] = row[1].value_or("");
  CHURNSTREAM_TRY_ASSIGN(
      const SnowflakeRows columns,
      ask(fmt::format("SELECT TABLE_NAME, COLUMN_NAME, DATA_TYPE, IS_NULLABLE, COLUMN_DEFAULT"
                      " FROM {}.INFORMATION_SCHEMA.COLUMNS WHERE TABLE_SCHEMA = ?",
                      database),
          {schema}));
  for (const auto& row : columns)
    if (row.size() == 5)
      columns_[row[0].value_or("")][row[1].value_or("")] = {row[2].value_or(""), row[3] == "NO" && !row[4]};
  return {};
}

}  // namespace churnstream
