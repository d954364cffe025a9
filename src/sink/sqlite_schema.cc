#include "sink/sqlite_schema.h"

#include <fmt/format.h>

#include <map>

#include "base/sql_text.h"
#include "sink/outcome_record.h"

namespace churnstream {
namespace {

const char* sql_type(RecordKind kind) {
  switch (kind) {
    case RecordKind::text: return "TEXT";
    case RecordKind::number: return "REAL";
    default: return "INTEGER";
  }
}

using Columns = std::vector<RecordColumn>;

std::string column_list(const Columns& columns, bool with_types) {
  std::string list;
  for (const RecordColumn& column : columns) {
    if (!list.empty()) list += ", ";
    list += sql_name(column.name);
    if (with_types) list.append(" ").append(sql_type(column.kind));
  }
  return list;
}

std::string insert_into(const char* table, const Columns& columns) {
  std::string sql = fmt::format("INSERT INTO {} ({}) VALUES (", table, column_list(columns, false));
  for (std::size_t i = 0; i < columns.size(); ++i) sql += i == 0 ? "?" : ", ?";
  return sql + ")";
}

// Of every column but the first, which is the customer.
std::string replacements(const Columns& columns) {
  std::string list;
  for (std::size_t i = 1; i < columns.size(); ++i) {
    const std::string name = sql_name(columns[i].name);
    list += fmt::format("{}{} = excluded.{}", i == 1 ? "" : ", ", name, name);
  }
  return list;
}

// Into a table with one row for each position.
std::string insert_at_position(const char* table, const Columns& columns, std::optional<RowsThere> backfill) {
  const std::string insert = insert_into(table, columns);
  if (backfill != RowsThere::replaced) return insert + " ON CONFLICT DO NOTHING";
  return insert + " ON CONFLICT (source_topic, source_partition, source_offset) DO UPDATE SET " +
         replacements(columns);
}

std::string create_tables(const ScoredRecord& record, const SqliteSettings& settings) {
  const ChosenTables& tables = settings.tables;
  const std::string columns = column_list(record.columns(), true);
  std::string sql = fmt::format(
      "CREATE TABLE IF NOT EXISTS churn_meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;"
      "CREATE TABLE IF NOT EXISTS churn_positions (topic TEXT NOT NULL, partition INTEGER NOT NULL,"
      " next INTEGER NOT NULL, identity TEXT, owner TEXT NOT NULL, PRIMARY KEY (topic, partition)) WITHOUT "
      "ROWID;"
      "CREATE TABLE IF NOT EXISTS churn_refused (topic TEXT NOT NULL, partition INTEGER NOT NULL,"
      " \"offset\" INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (topic, partition, \"offset\"))"
      " WITHOUT ROWID;"
      "INSERT INTO churn_meta VALUES ('format_version', '{}') ON CONFLICT DO NOTHING;",
      kSqliteFormatVersion);
  const auto add = [&](const char* table, const std::string& columns_of, const char* key) {
    sql += fmt::format("CREATE TABLE IF NOT EXISTS {} ({}, PRIMARY KEY ({})) WITHOUT ROWID;", table,
                       columns_of, key);
  };
  if (tables.has_scores) add("churn_scores", columns, "customer_id");
  if (tables.has_events) add("churn_events", columns, "source_topic, source_partition, source_offset");
  if (settings.outcomes) add(kOutcomesTable, column_list(outcome_columns(), true), kOutcomeKey);
  if (tables.has_events && settings.customer_index)
    sql += "CREATE INDEX IF NOT EXISTS churn_events_customer ON churn_events (customer_id, event_time);";
  return sql;
}

Error not_as_expected(const Path& path, const std::string& what) {
  return wrong("opening the store", path.string(), what, "use another file, or move this one away").value();
}

tl::unexpected<Error> read_error(const Path& path, const SqliteError& error) {
  if (error.trouble == SqliteTrouble::passing)
    return failed("opening the store", path.string(), error.message);
  return wrong("opening the store", path.string(), error.message, "is it a SQLite database?");
}

Result<void> check_version(SqliteDatabase& database, const Path& path) {
  auto question = database.prepare("SELECT value FROM churn_meta WHERE key = 'format_version'");
  if (!question) return read_error(path, question.error());
  const auto there = question->step();
  if (!there) return read_error(path, there.error());
  const std::string found(*there ? question->text(0) : std::string_view("none"));
  if (found == std::to_string(kSqliteFormatVersion)) return {};
  return tl::make_unexpected(not_as_expected(
      path, fmt::format("its format version is {}, this program knows {}", found, kSqliteFormatVersion)));
}

Result<void> check_columns(SqliteDatabase& database, const std::string& table, const Columns& columns,
                           const Path& path) {
  auto question = database.prepare("SELECT name, type FROM pragma_table_info(?)");
  if (!question) return read_error(path, question.error());
  question->bind(1, std::string_view(table));
  std::map<std::string, std::string> found;
  for (;;) {
    const auto more = question->step();
    if (!more) return read_error(path, more.error());
    if (!*more) break;
    found.emplace(question->text(0), question->text(1));
  }
  if (found.empty() && table == kOutcomesTable) return {};  // made when a run opens the store
  std::string differs;
  const auto note = [&](const std::string& what) { differs += (differs.empty() ? "" : "; ") + what; };
  for (const RecordColumn& column : columns) {
    const auto there = found.find(column.name);
    if (there == found.end())
      note(fmt::format("{} has no column {}", table, column.name));
    else if (there->second != sql_type(column.kind))
      note(fmt::format("{}.{} is {} and should be {}", table, column.name, there->second,
                       sql_type(column.kind)));
    if (there != found.end()) found.erase(there);
  }
  for (const auto& [name, type] : found)
    note(fmt::format("{} has a column {} that the rows do not", table, name));
  if (differs.empty()) return {};
  return tl::make_unexpected(not_as_expected(path, differs));
}

}  // namespace

Result<void> make_or_check_sqlite_tables(SqliteDatabase& database, const ScoredRecord& record,
                                         const SqliteSettings& settings) {
  const std::string tables = create_tables(record, settings);
  if (const auto made = database.run("BEGIN IMMEDIATE;" + tables + "COMMIT"); !made) {
    if (database.in_transaction()) (void)database.run("ROLLBACK");
    return read_error(settings.path, made.error());
  }
  return check_sqlite_tables(database, record, settings);
}

Result<void> check_sqlite_tables(SqliteDatabase& database, const ScoredRecord& record,
                                 const SqliteSettings& settings) {
  CHURNSTREAM_TRY(check_version(database, settings.path));
  for (const std::string& table : settings.tables.names())
    CHURNSTREAM_TRY(check_columns(database, table, record.columns(), settings.path));
  if (settings.outcomes)
    CHURNSTREAM_TRY(check_columns(database, kOutcomesTable, outcome_columns(), settings.path));
  return {};
}

std::string sqlite_upsert_score(const ScoredRecord& record, std::optional<RowsThere> backfill) {
  return fmt::format(
      "{} ON CONFLICT (customer_id) DO UPDATE SET {}"
      " WHERE (excluded.event_time, excluded.source_topic, excluded.source_partition, excluded.source_offset)"
      " {} (churn_scores.event_time, churn_scores.source_topic, churn_scores.source_partition,"
      " churn_scores.source_offset)",
      insert_into("churn_scores", record.columns()), replacements(record.columns()),
      backfill == RowsThere::stay ? ">" : ">=");
}

std::string sqlite_forget_score() {
  return "DELETE FROM churn_scores WHERE customer_id = ? AND"
         " (event_time, source_topic, source_partition, source_offset) <= (?, ?, ?, ?)";
}

std::string sqlite_insert_event(const ScoredRecord& record, std::optional<RowsThere> backfill) {
  return insert_at_position("churn_events", record.columns(), backfill);
}

std::string sqlite_insert_outcome(std::optional<RowsThere> backfill) {
  return insert_at_position(kOutcomesTable, outcome_columns(), backfill);
}

}  // namespace churnstream
