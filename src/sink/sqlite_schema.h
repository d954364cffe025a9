// The tables of the SQLite store (docs/formats/stores.md): made where they are missing, compared where they
// are not. Used by the sink's thread while it opens.
#pragma once

#include <optional>

#include "base/file.h"
#include "sink/backfill.h"
#include "sink/chosen_tables.h"
#include "sink/retention.h"
#include "sink/scored_record.h"
#include "sink/sqlite_database.h"

namespace churnstream {

constexpr std::int64_t kSqliteFormatVersion = 1;

struct SqliteSettings {
  Path path;
  ChosenTables tables = {};
  Retention retention = {};
  bool customer_index = false;  // of churn_events
  bool outcomes = false;        // churn_outcomes is kept too
};

// Wrong when the file was written by a newer churnstream or its tables have other columns; says which.
Result<void> make_or_check_sqlite_tables(SqliteDatabase& database, const ScoredRecord& record,
                                         const SqliteSettings& settings);
// The comparison alone: changes nothing.
Result<void> check_sqlite_tables(SqliteDatabase& database, const ScoredRecord& record,
                                 const SqliteSettings& settings);

// An upsert into churn_scores: the newest event wins, and of equal ones the later write, unless rows stay.
std::string sqlite_upsert_score(const ScoredRecord& record, std::optional<RowsThere> backfill = {});
// Takes a customer (id, event time, topic, partition, offset) out of churn_scores, unless a newer event of
// theirs is there.
std::string sqlite_forget_score();
// An insert into churn_events; a position that is there already stays as it is, unless rows are replaced.
std::string sqlite_insert_event(const ScoredRecord& record, std::optional<RowsThere> backfill = {});
// An insert into churn_outcomes, as of an event.
std::string sqlite_insert_outcome(std::optional<RowsThere> backfill = {});

}  // namespace churnstream
