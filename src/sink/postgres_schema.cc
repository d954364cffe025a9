#include "sink/postgres_schema.h"

#include <fmt/format.h>

#include "base/sql_text.h"
#include "sink/chosen_tables.h"
#include "sink/outcome_record.h"
#include "sink/postgres_arrays.h"
#include "sink/postgres_catalog.h"
#include "sink/postgres_retention.h"

namespace churnstream {
namespace {

constexpr std::size_t kNameBytesMax = 63;  // PostgreSQL cuts longer names without asking

// Looks before it makes: making, even "if not exists", takes rights that a writer need not have.
Result<void> make_table(PostgresConnection& connection, const PostgresSettings& settings,
                        std::string_view table, const std::string& columns, const std::string& more = {}) {
  CHURNSTREAM_TRY_ASSIGN(const bool is_made, is_postgres_table(connection, settings, table));
  if (!is_made)
    CHURNSTREAM_TRY(ask_postgres(
        connection, fmt::format("CREATE TABLE {} ({}) {}", postgres_table(settings, table), columns, more)));
  return {};
}

using Columns = std::vector<RecordColumn>;

std::string with_types(const Columns& columns) {
  std::string list;
  for (const RecordColumn& column : columns)
    list += fmt::format("{} {}, ", sql_name(column.name), postgres_type(column.kind).name);
  return list;
}

// Of a table that was just made: on one with rows in it, whoever looks after the server makes it when it
// suits.
Result<void> make_customer_index(PostgresConnection& connection, const PostgresSettings& settings) {
  CHURNSTREAM_TRY(ask_postgres(
      connection, fmt::format("CREATE INDEX churn_events_customer ON {} (customer_id, event_time)",
                              postgres_table(settings, "churn_events"))));
  return {};
}

Result<void> make_events(PostgresConnection& connection, const PostgresSettings& settings,
                         const ScoredRecord& record) {
  const std::string columns =
      with_types(record.columns()) + "PRIMARY KEY (" + postgres_event_key(settings) + ")";
  if (!settings.events_by_day) return make_table(connection, settings, "churn_events", columns);
  CHURNSTREAM_TRY(
      make_table(connection, settings, "churn_events", columns, "PARTITION BY RANGE (event_time)"));
  CHURNSTREAM_TRY_ASSIGN(const bool is_made, is_postgres_table(connection, settings, kPostgresOtherDays));
  if (!is_made)
    CHURNSTREAM_TRY(ask_postgres(connection, fmt::format("CREATE TABLE {} PARTITION OF {} DEFAULT",
                                                         postgres_table(settings, kPostgresOtherDays),
                                                         postgres_table(settings, "churn_events"))));
  return {};
}

Result<void> make_tables(PostgresConnection& connection, const PostgresSettings& settings,
                         const ScoredRecord& record) {
  CHURNSTREAM_TRY(make_postgres_schema(connection, settings.schema));
  CHURNSTREAM_TRY(
      make_table(connection, settings, "churn_meta", "key text PRIMARY KEY, value text NOT NULL"));
  CHURNSTREAM_TRY(make_table(connection, settings, "churn_positions",
                             "topic text, partition bigint, next bigint NOT NULL, identity text,"
                             " owner text NOT NULL, PRIMARY KEY (topic, partition)"));
  CHURNSTREAM_TRY(make_table(connection, settings, "churn_refused",
                             "topic text, partition bigint, \"offset\" bigint, reason text NOT NULL,"
                             " PRIMARY KEY (topic, partition, \"offset\")"));
  if (settings.has_scores)
    CHURNSTREAM_TRY(make_table(connection, settings, "churn_scores",
                               with_types(record.columns()) + "PRIMARY KEY (customer_id)"));
  if (settings.outcomes)
    CHURNSTREAM_TRY(
        make_table(connection, settings, kOutcomesTable,
                   fmt::format("{}PRIMARY KEY ({})", with_types(outcome_columns()), kOutcomeKey)));
  CHURNSTREAM_TRY_ASSIGN(const bool has_events, is_postgres_table(connection, settings, "churn_events"));
  if (settings.has_events) CHURNSTREAM_TRY(make_events(connection, settings, record));
  if (settings.has_events && !has_events && settings.customer_index)
    CHURNSTREAM_TRY(make_customer_index(connection, settings));
  const std::string meta = postgres_table(settings, "churn_meta");
  CHURNSTREAM_TRY_ASSIGN(const PostgresRows version, ask_postgres(connection, "SELECT 1 FROM " + meta));
  if (version.size() == 0)
    CHURNSTREAM_TRY(ask_postgres(connection, fmt::format("INSERT INTO {} VALUES ('format_version', '{}')",
                                                         meta, kPostgresFormatVersion)));
  return {};
}

tl::unexpected<Error> differs(const PostgresConnection& connection, const std::string& what,
                              const char* hint = "use another schema, or move these tables away") {
  return wrong("opening the store", connection.place(), what, hint);
}

Result<void> check_version(PostgresConnection& connection, const PostgresSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(
      const PostgresRows rows,
      ask_postgres(connection, fmt::format("SELECT value FROM {} WHERE key = 'format_version'",
                                           postgres_table(settings, "churn_meta"))));
  const std::string found(rows.size() == 1 ? rows.text(0, 0) : std::string_view("none"));
  if (found == std::to_string(kPostgresFormatVersion)) return {};
  return differs(connection, fmt::format("its format version is {}, this program knows {}", found,
                                         kPostgresFormatVersion));
}

enum class Missing { is_added, is_left };  // a customer's column that new_columns = "add" allows

Result<void> check_columns(PostgresConnection& connection, const PostgresSettings& settings,
                           std::string_view name, const Columns& columns, Missing column_missing) {
  const std::string table = postgres_table(settings, name);
  CHURNSTREAM_TRY_ASSIGN(auto found, postgres_columns_of(connection, table));
  std::string what, missing;
  const auto note = [&](const std::string& one) { what += (what.empty() ? "" : "; ") + one; };
  for (std::size_t index = 0; index < columns.size(); ++index) {
    const RecordColumn& column = columns[index];
    const char* type = postgres_type(column.kind).name;
    const bool is_customers = index >= own_record_columns().size();
    const auto there = found.find(column.name);
    if (there == found.end() && settings.adds_columns && is_customers)
      missing += fmt::format("{}ADD COLUMN {} {}", missing.empty() ? "" : ", ", sql_name(column.name), type);
    else if (there == found.end())
      note(fmt::format("{} has no column {}", name, column.name));
    else if (there->second.type != type)
      note(fmt::format("{}.{} is {} and should be {}", name, column.name, there->second.type, type));
    if (there != found.end()) found.erase(there);
  }
  for (const auto& [column, is] : found)
    if (!settings.adds_columns || is.is_demanded)
      note(fmt::format("{} has a column {} that the rows do not", name, column));
  if (!what.empty())
    return differs(connection, what,
                   settings.adds_columns ? "use another schema, or change these tables"
                                         : "use another schema, change these tables, or let new_columns = "
                                           "\"add\" do what it can");
  if (!missing.empty() && column_missing == Missing::is_added)
    CHURNSTREAM_TRY(ask_postgres(connection, fmt::format("ALTER TABLE {} {}", table, missing)));
  return {};
}

Result<void> check_partitions(PostgresConnection& connection, const PostgresSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(
      const PostgresRows rows,
      ask_postgres(connection, fmt::format("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass({})",
                                           sql_text(postgres_table(settings, "churn_events")))));
  const bool is_by_day = rows.size() == 1 && rows.text(0, 0) == "t";
  if (is_by_day == settings.events_by_day) return {};
  return differs(connection,
                 fmt::format("churn_events is {}partitioned and events_by_day is {}", is_by_day ? "" : "not ",
                             settings.events_by_day),
                 "that is chosen when the table is made: change the option, or use another schema");
}

Result<void> check_names(const ScoredRecord& record) {
  for (const RecordColumn& column : record.columns())
    if (column.name.size() > kNameBytesMax)
      return wrong("laying out the tables, column", column.name,
                   fmt::format("PostgreSQL's names have at most {} bytes", kNameBytesMax),
                   "rename it in the data or choose [decode] columns without it");
  return {};
}

Result<void> check_tables(PostgresConnection& connection, const PostgresSettings& settings,
                          const ScoredRecord& record, Missing column_missing) {
  for (const std::string& table : postgres_table_names(settings)) {
    CHURNSTREAM_TRY_ASSIGN(const bool is_there, is_postgres_table(connection, settings, table));
    if (!is_there) continue;
    if (table == "churn_meta") CHURNSTREAM_TRY(check_version(connection, settings));
    if (table == "churn_events") CHURNSTREAM_TRY(check_partitions(connection, settings));
    if (table == "churn_scores" || table == "churn_events")
      CHURNSTREAM_TRY(check_columns(connection, settings, table, record.columns(), column_missing));
    if (table == kOutcomesTable)
      CHURNSTREAM_TRY(check_columns(connection, settings, table, outcome_columns(), column_missing));
  }
  return {};
}

}  // namespace

std::vector<std::string> postgres_table_names(const PostgresSettings& settings) {
  std::vector<std::string> names{"churn_meta", "churn_positions", "churn_refused"};
  const std::vector<std::string> chosen =
      with_outcomes_table(ChosenTables{settings.has_scores, settings.has_events}.names(), settings.outcomes);
  names.insert(names.end(), chosen.begin(), chosen.end());
  return names;
}

std::string postgres_event_key(const PostgresSettings& settings) {
  return std::string("source_topic, source_partition, source_offset") +
         (settings.events_by_day ? ", event_time" : "");
}

Result<void> make_or_check_postgres_tables(PostgresConnection& connection, const PostgresSettings& settings,
                                           const ScoredRecord& record) {
  CHURNSTREAM_TRY(check_names(record));
  return in_turn(connection, [&]() -> Result<void> {
    CHURNSTREAM_TRY(make_tables(connection, settings, record));
    return check_tables(connection, settings, record, Missing::is_added);
  });
}

Result<void> check_postgres_tables(PostgresConnection& connection, const PostgresSettings& settings,
                                   const ScoredRecord& record) {
  CHURNSTREAM_TRY(check_names(record));
  return check_tables(connection, settings, record, Missing::is_left);
}

}  // namespace churnstream
