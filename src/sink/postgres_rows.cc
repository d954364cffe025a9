#include "sink/postgres_rows.h"

#include <fmt/format.h>

#include <array>

#include "base/sql_text.h"
#include "sink/outcome_record.h"
#include "sink/postgres_catalog.h"
#include "sink/postgres_schema.h"

namespace churnstream {
namespace {

// The statements' names on the server.
constexpr const char* kInsert = "insert_rows";
constexpr const char* kInsertScores = "insert_scores";  // of rows that churn_events has
constexpr const char* kForget = "forget_customers";
constexpr const char* kInsertOutcomes = "insert_outcomes";

// Topics are ordered by their bytes, as in every store, whatever the database's collation.
std::string position_of(const char* row) {
  return fmt::format(
      "({0}.event_time, {0}.source_topic COLLATE \"C\", {0}.source_partition, {0}.source_offset)", row);
}

// "$1, $2, $3" or "c1, c2, c3".
std::string numbered(const char* prefix, std::size_t count) {
  std::string list;
  for (std::size_t i = 1; i <= count; ++i) list += fmt::format("{}{}{}", i == 1 ? "" : ", ", prefix, i);
  return list;
}

std::string names_of(const std::vector<RecordColumn>& columns) {
  std::string list;
  for (const RecordColumn& column : columns) list += (list.empty() ? "" : ", ") + sql_name(column.name);
  return list;
}

std::string replacements(const std::vector<RecordColumn>& columns) {
  std::string list;
  for (std::size_t i = 1; i < columns.size(); ++i) {
    const std::string name = sql_name(columns[i].name);
    list += fmt::format("{}{} = excluded.{}", i == 1 ? "" : ", ", name, name);
  }
  return list;
}

}  // namespace

PostgresRowWriter::PostgresRowWriter(const ScoredRecord& record, const PostgresSettings& settings,
                                     std::optional<RowsThere> backfill)
    : record_(record), settings_(settings), backfill_(backfill) {
  for (const RecordColumn& column : record.columns()) columns_.emplace_back(column.kind);
  columns_.emplace_back(RecordKind::flag);  // whether it is its customer's newest one
  for (const RecordColumn& column : outcome_columns()) outcomes_.emplace_back(column.kind);
}

// One statement unnests the arrays once for both tables. Scores are written in the order of their customers,
// so that writers that meet wait for each other instead of locking each other out.
std::string PostgresRowWriter::insert_sql(bool into_events) const {
  const std::string names = names_of(record_.columns()), cells = numbered("c", record_.columns().size());
  std::string sql =
      fmt::format("WITH arrived AS MATERIALIZED (SELECT * FROM unnest({}) AS arrived({}, newest))",
                  numbered("$", columns_.size()), cells);
  const std::string events = fmt::format(
      "INSERT INTO {} ({}) SELECT {} FROM arrived ON CONFLICT ({}) {}",
      postgres_table(settings_, "churn_events"), names, cells, postgres_event_key(settings_),
      backfill_ == RowsThere::replaced ? "DO UPDATE SET " + replacements(record_.columns()) : "DO NOTHING");
  if (!settings_.has_scores) return sql + " " + events;
  if (into_events) sql += fmt::format(", events AS ({})", events);
  return sql + fmt::format(
                   " INSERT INTO {} AS stored ({}) SELECT {} FROM arrived WHERE newest"
                   " ORDER BY c1 COLLATE \"C\" ON CONFLICT (customer_id) DO UPDATE SET {} WHERE {} {} {}",
                   postgres_table(settings_, "churn_scores"), names, cells, replacements(record_.columns()),
                   position_of("excluded"), backfill_ == RowsThere::stay ? ">" : ">=", position_of("stored"));
}

std::string PostgresRowWriter::insert_outcomes_sql() const {
  return fmt::format(
      "INSERT INTO {} ({}) SELECT * FROM unnest({}) ON CONFLICT ({}) {}",
      postgres_table(settings_, kOutcomesTable), names_of(outcome_columns()),
      numbered("$", outcome_columns().size()), kOutcomeKey,
      backfill_ == RowsThere::replaced ? "DO UPDATE SET " + replacements(outcome_columns()) : "DO NOTHING");
}

PostgresResult<void> PostgresRowWriter::prepare(PostgresConnection& connection) const {
  std::vector<std::uint32_t> types;
  for (const RecordColumn& column : outcome_columns()) types.push_back(postgres_type(column.kind).array_id);
  if (settings_.outcomes)
    if (const auto prepared = connection.prepare(kInsertOutcomes, insert_outcomes_sql(), types); !prepared)
      return prepared;
  types.clear();
  for (const RecordColumn& column : record_.columns()) types.push_back(postgres_type(column.kind).array_id);
  types.push_back(postgres_type(RecordKind::flag).array_id);
  if (const auto prepared = connection.prepare(kInsert, insert_sql(settings_.has_events), types); !prepared)
    return prepared;
  if (!settings_.has_scores) return {};
  if (copies())
    if (const auto prepared = connection.prepare(kInsertScores, insert_sql(false), types); !prepared)
      return prepared;
  const PostgresType text = postgres_type(RecordKind::text), integer = postgres_type(RecordKind::integer);
  return connection.prepare(
      kForget,
      fmt::format(
          "DELETE FROM {} stored USING unnest($1, $2, $3) AS gone(customer_id, event_time, source_offset)"
          " WHERE stored.customer_id = gone.customer_id"
          " AND {} <= (gone.event_time, $4, $5, gone.source_offset)",
          postgres_table(settings_, "churn_scores"), position_of("stored")),
      {text.array_id, postgres_type(RecordKind::time).array_id, integer.array_id, text.id, integer.id});
}

PostgresResult<void> PostgresRowWriter::forget(PostgresConnection& connection, const ScoredBatch& batch,
                                               const BatchSlice& slice) const {
  if (!settings_.has_scores || slice.tombstone == slice.tombstone_end) return {};
  PostgresArray keys(RecordKind::text), times(RecordKind::time), offsets(RecordKind::integer);
  for (std::size_t i = slice.tombstone; i < slice.tombstone_end; ++i) {
    keys.add(std::string_view(batch.tombstones[i].key));
    times.add(RecordTime{batch.tombstones[i].time_us});
    offsets.add(number_of(batch.tombstones[i].offset));
  }
  const Partition& partition = batch.rows.extent().partition;
  const std::string number = std::to_string(partition.number);
  const std::array<PostgresParameter, 5> parameters{{{&keys.bytes(), true},
                                                     {&times.bytes(), true},
                                                     {&offsets.bytes(), true},
                                                     {&partition.topic, false},
                                                     {&number, false}}};
  const auto done = connection.run_prepared(kForget, parameters);
  if (!done) return tl::make_unexpected(done.error());
  return {};
}

PostgresResult<void> PostgresRowWriter::insert(PostgresConnection& connection, const ScoredBatch& batch,
                                               const BatchSlice& slice) {
  if (slice.num_rows() == 0) return {};
  const auto inserted = insert_rows(connection, batch, slice);
  return inserted && settings_.outcomes ? insert_outcomes(connection, batch, slice) : inserted;
}

PostgresResult<void> PostgresRowWriter::insert_outcomes(PostgresConnection& connection,
                                                        const ScoredBatch& batch, const BatchSlice& slice) {
  for (PostgresArray& column : outcomes_) column.clear();
  bool are_known = false;
  for (std::size_t row = slice.row; row < slice.row_end; ++row) {
    if (!batch.has_left(row)) continue;
    are_known = true;
    for (std::size_t column = 0; column < outcomes_.size(); ++column)
      outcomes_[column].add(outcome_cell(batch, row, column));
  }
  if (!are_known) return {};
  std::vector<PostgresParameter> parameters;
  for (PostgresArray& column : outcomes_) parameters.push_back({&column.bytes(), true});
  const auto done = connection.run_prepared(kInsertOutcomes, parameters);
  if (!done) return tl::make_unexpected(done.error());
  return {};
}

PostgresResult<void> PostgresRowWriter::insert_rows(PostgresConnection& connection, const ScoredBatch& batch,
                                                    const BatchSlice& slice) {
  if (!copies()) return insert_by(kInsert, connection, batch, slice);
  const auto copied = copy_events(connection, batch, slice);
  if (!copied) return tl::make_unexpected(copied.error());
  if (!*copied) return insert_by(kInsert, connection, batch, slice);
  return settings_.has_scores ? insert_by(kInsertScores, connection, batch, slice) : PostgresResult<void>();
}

// Into the table itself: by way of another one every row would be written twice. False: a row of the stretch
// is there, and none was copied. (PostgreSQL's manual, COPY, "Binary Format".)
PostgresResult<bool> PostgresRowWriter::copy_events(PostgresConnection& connection, const ScoredBatch& batch,
                                                    const BatchSlice& slice) const {
  const std::size_t columns = record_.columns().size();
  std::string rows(
      "PGCOPY\n\377\r\n\0"
      "\0\0\0\0"
      "\0\0\0\0",
      19);
  for (std::size_t row = slice.row; row < slice.row_end; ++row) {
    rows += {static_cast<char>(columns >> 8), static_cast<char>(columns & 0xFF)};
    for (std::size_t column = 0; column < columns; ++column)
      append_postgres_cell(rows, record_.cell(batch, row, column));
  }
  rows += "\xFF\xFF";
  if (const auto saved = connection.run("SAVEPOINT copied"); !saved)
    return tl::make_unexpected(saved.error());
  const auto copied =
      connection.copy(fmt::format("COPY {} ({}) FROM STDIN (FORMAT binary)",
                                  postgres_table(settings_, "churn_events"), names_of(record_.columns())),
                      rows);
  if (!copied && !copied.error().is_duplicate) return tl::make_unexpected(copied.error());
  const auto left = connection.run(copied ? "RELEASE SAVEPOINT copied"
                                          : "ROLLBACK TO SAVEPOINT copied; RELEASE SAVEPOINT copied");
  if (!left) return tl::make_unexpected(left.error());
  return copied.has_value();
}

PostgresResult<void> PostgresRowWriter::insert_by(const char* statement, PostgresConnection& connection,
                                                  const ScoredBatch& batch, const BatchSlice& slice) {
  std::vector<PostgresParameter> parameters;
  for (std::size_t column = 0; column < record_.columns().size(); ++column) {
    columns_[column].clear();
    for (std::size_t row = slice.row; row < slice.row_end; ++row)
      columns_[column].add(record_.cell(batch, row, column));
    parameters.push_back({&columns_[column].bytes(), true});
  }
  columns_.back().clear();
  for (const bool is_newest : newest_in(batch, slice)) columns_.back().add(is_newest);
  parameters.push_back({&columns_.back().bytes(), true});
  const auto done = connection.run_prepared(statement, parameters);
  if (!done) return tl::make_unexpected(done.error());
  return {};
}

}  // namespace churnstream
