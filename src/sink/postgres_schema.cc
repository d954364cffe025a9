#include "sink/postgres_schema.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <set>

#include "sink/postgres_arrays.h"
#include "sink/postgres_retention.h"

namespace churnstream {
namespace {

constexpr std::size_t kNameBytesMax = 63;  // PostgreSQL cuts longer names without asking

tl::unexpected<Error> opening_failed(const PostgresConnection& connection, const PostgresError& error) {
  if (error.trouble == PostgresTrouble::passing || error.trouble == PostgresTrouble::unknown)
    return failed("opening the store", connection.place(), error.message);
  return wrong("opening the store", connection.place(), error.message,
               "may this user make schemas, tables and views, or did somebody make them?");
}

Result<PostgresRows> ask(PostgresConnection& connection, const std::string& sql) {
  PostgresResult<PostgresRows> rows = connection.run(sql);
  if (!rows) return opening_failed(connection, rows.error());
  return *std::move(rows);
}

Result<bool> is_there(PostgresConnection& connection, const std::string& question) {
  CHURNSTREAM_TRY_ASSIGN(const PostgresRows rows, ask(connection, "SELECT " + question + " IS NOT NULL"));
  return rows.text(0, 0) == "t";
}

Result<void> make_schema(PostgresConnection& connection, const std::string& name) {
  const std::string quoted = postgres_name(name);
  CHURNSTREAM_TRY_ASSIGN(const bool is_made,
                         is_there(connection, "to_regnamespace(" + postgres_text(quoted) + ")"));
  if (!is_made) CHURNSTREAM_TRY(ask(connection, "CREATE SCHEMA " + quoted));
  return {};
}

// Looks before it makes: making, even "if not exists", takes rights that a writer need not have.
Result<void> make_table(PostgresConnection& connection, const PostgresSettings& settings,
                        std::string_view table, const std::string& columns, const std::string& more = {}) {
  const std::string name = postgres_table(settings, table);
  CHURNSTREAM_TRY_ASSIGN(const bool is_made,
                         is_there(connection, "to_regclass(" + postgres_text(name) + ")"));
  if (!is_made) CHURNSTREAM_TRY(ask(connection, fmt::format("CREATE TABLE {} ({}) {}", name, columns, more)));
  return {};
}

std::string with_types(const ScoredRecord& record) {
  std::string list;
  for (const RecordColumn& column : record.columns())
    list += fmt::format("{} {}, ", postgres_name(column.name), postgres_type(column.kind).name);
  return list;
}

Result<void> make_events(PostgresConnection& connection, const PostgresSettings& settings,
                         const ScoredRecord& record) {
  const std::string columns = with_types(record) + "PRIMARY KEY (" + postgres_event_key(settings) + ")";
  if (!settings.events_by_day) return make_table(connection, settings, "churn_events", columns);
  CHURNSTREAM_TRY(
      make_table(connection, settings, "churn_events", columns, "PARTITION BY RANGE (event_time)"));
  const std::string other = postgres_table(settings, kPostgresOtherDays);
  CHURNSTREAM_TRY_ASSIGN(const bool is_made,
                         is_there(connection, "to_regclass(" + postgres_text(other) + ")"));
  if (!is_made)
    CHURNSTREAM_TRY(ask(connection, fmt::format("CREATE TABLE {} PARTITION OF {} DEFAULT", other,
                                                postgres_table(settings, "churn_events"))));
  return {};
}

Result<void> make_tables(PostgresConnection& connection, const PostgresSettings& settings,
                         const ScoredRecord& record) {
  CHURNSTREAM_TRY(make_schema(connection, settings.schema));
  CHURNSTREAM_TRY(
      make_table(connection, settings, "churn_meta", "key text PRIMARY KEY, value text NOT NULL"));
  CHURNSTREAM_TRY(make_table(connection, settings, "churn_positions",
                             "topic text, partition bigint, next bigint NOT NULL, identity text,"
                             " owner text NOT NULL, PRIMARY KEY (topic, partition)"));
  CHURNSTREAM_TRY(make_table(connection, settings, "churn_refused",
                             "topic text, partition bigint, \"offset\" bigint, reason text NOT NULL,"
                             " PRIMARY KEY (topic, partition, \"offset\")"));
  if (settings.has_scores)
    CHURNSTREAM_TRY(
        make_table(connection, settings, "churn_scores", with_types(record) + "PRIMARY KEY (customer_id)"));
  if (settings.has_events) CHURNSTREAM_TRY(make_events(connection, settings, record));
  const std::string meta = postgres_table(settings, "churn_meta");
  CHURNSTREAM_TRY_ASSIGN(const PostgresRows version, ask(connection, "SELECT 1 FROM " + meta));
  if (version.size() == 0)
    CHURNSTREAM_TRY(ask(connection, fmt::format("INSERT INTO {} VALUES ('format_version', '{}')", meta,
                                                kPostgresFormatVersion)));
  return {};
}

tl::unexpected<Error> differs(const PostgresConnection& connection, const std::string& what,
                              const char* hint = "use another schema, or move these tables away") {
  return wrong("opening the store", connection.place(), what, hint);
}

Result<void> check_version(PostgresConnection& connection, const PostgresSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(const PostgresRows rows,
                         ask(connection, fmt::format("SELECT value FROM {} WHERE key = 'format_version'",
                                                     postgres_table(settings, "churn_meta"))));
  const std::string found(rows.size() == 1 ? rows.text(0, 0) : std::string_view("none"));
  if (found == std::to_string(kPostgresFormatVersion)) return {};
  return differs(connection, fmt::format("its format version is {}, this program knows {}", found,
                                         kPostgresFormatVersion));
}

struct FoundColumn {
  std::string type;
  bool is_demanded = false;  // NOT NULL without a default: a row without it is refused
};

Result<std::map<std::string, FoundColumn>> columns_of(PostgresConnection& connection,
                                                      const std::string& table) {
  CHURNSTREAM_TRY_ASSIGN(
      const PostgresRows rows,
      ask(connection,
          fmt::format("SELECT attname, format_type(atttypid, atttypmod), attnotnull AND NOT atthasdef"
                      " FROM pg_attribute WHERE attrelid = to_regclass({}) AND attnum > 0 AND NOT "
                      "attisdropped",
                      postgres_text(table))));
  std::map<std::string, FoundColumn> found;
  for (int row = 0; row < rows.size(); ++row)
    found[std::string(rows.text(row, 0))] = {std::string(rows.text(row, 1)), rows.text(row, 2) == "t"};
  return found;
}

Result<void> check_columns(PostgresConnection& connection, const PostgresSettings& settings,
                           std::string_view name, const ScoredRecord& record) {
  const std::string table = postgres_table(settings, name);
  CHURNSTREAM_TRY_ASSIGN(auto found, columns_of(connection, table));
  std::string what, missing;
  const auto note = [&](const std::string& one) { what += (what.empty() ? "" : "; ") + one; };
  for (std::size_t index = 0; index < record.columns().size(); ++index) {
    const RecordColumn& column = record.columns()[index];
    const char* type = postgres_type(column.kind).name;
    const bool is_customers = index >= own_record_columns().size();
    const auto there = found.find(column.name);
    if (there == found.end() && settings.adds_columns && is_customers)
      missing +=
          fmt::format("{}ADD COLUMN {} {}", missing.empty() ? "" : ", ", postgres_name(column.name), type);
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
  if (!missing.empty()) CHURNSTREAM_TRY(ask(connection, fmt::format("ALTER TABLE {} {}", table, missing)));
  return {};
}

Result<void> check_partitions(PostgresConnection& connection, const PostgresSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(
      const PostgresRows rows,
      ask(connection, fmt::format("SELECT relkind = 'p' FROM pg_class WHERE oid = to_regclass({})",
                                  postgres_text(postgres_table(settings, "churn_events")))));
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

std::string upper(std::string name) {
  for (char& letter : name)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return name;
}

// The original's table had the customers' columns and then CHURN; a customer's column that would be called as
// one of ours is left out.
std::string view_columns(const Schema& customer, std::size_t key_column) {
  constexpr std::array<std::array<std::string_view, 2>, 7> kOurs{{{"CHURN", "prediction"},
                                                                  {"PROBABILITY", "probability"},
                                                                  {"RISK_BAND", "risk_band"},
                                                                  {"EXPECTED_LOSS", "expected_loss"},
                                                                  {"MODEL", "model"},
                                                                  {"EVENT_TIME", "event_time"},
                                                                  {"SCORED_AT", "scored_at"}}};
  std::set<std::string> taken;
  for (const auto& [name, column] : kOurs) taken.emplace(name);
  std::string list;
  for (std::size_t index = 0; index < customer.size(); ++index) {
    const std::string name = upper(customer[index].name);
    if (!taken.insert(name).second) continue;
    const std::string& column =
        index == key_column ? own_record_columns().front().name : customer[index].name;
    list += fmt::format("{} AS {}, ", postgres_name(column), postgres_name(name));
  }
  for (const auto& [name, column] : kOurs)
    list += fmt::format("{}{} AS {}", name == "CHURN" ? "" : ", ", column, postgres_name(name));
  return list;
}

// In one transaction, one writer at a time.
template <typename Step>
Result<void> in_turn(PostgresConnection& connection, Step step) {
  CHURNSTREAM_TRY(ask(connection, std::string("BEGIN; ") + kPostgresOneAtATime));
  const Result<void> done = step();
  if (!done) {
    (void)connection.run("ROLLBACK");
    return done;
  }
  CHURNSTREAM_TRY(ask(connection, "COMMIT"));
  return {};
}

}  // namespace

std::string postgres_event_key(const PostgresSettings& settings) {
  return std::string("source_topic, source_partition, source_offset") +
         (settings.events_by_day ? ", event_time" : "");
}

std::string postgres_table(const PostgresSettings& settings, std::string_view table) {
  return postgres_name(settings.schema) + "." + postgres_name(table);
}

Result<void> make_or_check_postgres_tables(PostgresConnection& connection, const PostgresSettings& settings,
                                           const ScoredRecord& record) {
  CHURNSTREAM_TRY(check_names(record));
  return in_turn(connection, [&]() -> Result<void> {
    CHURNSTREAM_TRY(make_tables(connection, settings, record));
    CHURNSTREAM_TRY(check_version(connection, settings));
    if (settings.has_scores) CHURNSTREAM_TRY(check_columns(connection, settings, "churn_scores", record));
    if (settings.has_events) {
      CHURNSTREAM_TRY(check_partitions(connection, settings));
      CHURNSTREAM_TRY(check_columns(connection, settings, "churn_events", record));
    }
    return {};
  });
}

Result<void> make_or_check_postgres_view(PostgresConnection& connection, const PostgresSettings& settings,
                                         const Schema& customer, std::size_t key_column) {
  const std::size_t dot = settings.view.find('.');
  const std::string schema = settings.view.substr(0, dot), name = settings.view.substr(dot + 1);
  const std::string view = postgres_name(schema) + "." + postgres_name(name);
  const std::string scores = postgres_table(settings, "churn_scores");
  return in_turn(connection, [&]() -> Result<void> {
    CHURNSTREAM_TRY_ASSIGN(const bool is_made,
                           is_there(connection, "to_regclass(" + postgres_text(view) + ")"));
    if (!is_made) {
      CHURNSTREAM_TRY(make_schema(connection, schema));
      CHURNSTREAM_TRY(ask(connection, fmt::format("CREATE VIEW {} AS SELECT {} FROM {}", view,
                                                  view_columns(customer, key_column), scores)));
      return {};
    }
    // What the view selects from, by the rule that makes it a view.
    CHURNSTREAM_TRY_ASSIGN(
        const PostgresRows ours,
        ask(connection,
            fmt::format("SELECT 1 FROM pg_rewrite JOIN pg_depend ON pg_depend.objid = pg_rewrite.oid"
                        " WHERE ev_class = to_regclass({}) AND refobjid = to_regclass({})",
                        postgres_text(view), postgres_text(scores))));
    if (ours.size() > 0) return {};
    return wrong("opening the store", settings.view, "something of this name is there and shows other scores",
                 "choose another name with view = \"SCHEMA.NAME\", or none with view = \"\"");
  });
}

}  // namespace churnstream
