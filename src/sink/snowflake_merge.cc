#include "sink/snowflake_merge.h"

#include <fmt/format.h>

#include "base/sql_text.h"
#include "sink/snowflake_schema.h"

namespace churnstream {
namespace {

// A value of the row's JSON object as the column's type.
std::string unfolded(const SnowflakeColumn& column) {
  const std::string value = "f.value:" + sql_name(column.name);
  if (column.kind == RecordKind::time) return "TO_TIMESTAMP_NTZ(" + value + "::VARCHAR)";
  return value + "::" + snowflake_type(column.kind).name;
}

std::string head(const SnowflakeSettings& settings, const char* table,
                 const std::vector<SnowflakeColumn>& columns, const std::vector<std::string>& keys) {
  std::string cells, on;
  for (const SnowflakeColumn& column : columns)
    cells += fmt::format("{}{} AS {}", cells.empty() ? "" : ", ", unfolded(column), sql_name(column.name));
  for (const std::string& key : keys)
    on += fmt::format("{}t.{} = n.{}", on.empty() ? "" : " AND ", sql_name(key), sql_name(key));
  return fmt::format(
      "MERGE INTO {} t USING (SELECT {} FROM (SELECT PARSE_JSON(?) AS J) s,"
      " LATERAL FLATTEN(input => s.J) f) n ON {}",
      snowflake_table(settings, table), cells, on);
}

std::string insert(const std::vector<SnowflakeColumn>& columns) {
  std::string names, values;
  for (const SnowflakeColumn& column : columns) {
    names += (names.empty() ? "" : ", ") + sql_name(column.name);
    values += (values.empty() ? "n." : ", n.") + sql_name(column.name);
  }
  return fmt::format(" WHEN NOT MATCHED THEN INSERT ({}) VALUES ({})", names, values);
}

}  // namespace

std::string snowflake_insert_new(const SnowflakeSettings& settings, const char* table,
                                 const std::vector<SnowflakeColumn>& columns,
                                 const std::vector<std::string>& keys) {
  return head(settings, table, columns, keys) + insert(columns);
}

std::string snowflake_replace(const SnowflakeSettings& settings, const char* table,
                              const std::vector<SnowflakeColumn>& columns,
                              const std::vector<std::string>& keys, const std::string& condition) {
  std::string changes;
  for (const SnowflakeColumn& column : columns)
    changes +=
        fmt::format("{}{} = n.{}", changes.empty() ? "" : ", ", sql_name(column.name), sql_name(column.name));
  return fmt::format("{} WHEN MATCHED{}{} THEN UPDATE SET {}{}", head(settings, table, columns, keys),
                     condition.empty() ? "" : " AND ", condition, changes, insert(columns));
}

std::string snowflake_delete(const SnowflakeSettings& settings, const char* table,
                             const std::vector<SnowflakeColumn>& columns,
                             const std::vector<std::string>& keys, const std::string& condition) {
  return fmt::format("{} WHEN MATCHED AND {} THEN DELETE", head(settings, table, columns, keys), condition);
}

}  // namespace churnstream
