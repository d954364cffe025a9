// The tables of the PostgreSQL store (docs/formats/stores.md): made where they are missing, compared where
// they are not. Used by the sink's thread while it opens.
#pragma once

#include "sink/postgres_connection.h"
#include "sink/scored_record.h"

namespace churnstream {

constexpr std::int64_t kPostgresFormatVersion = 1;

// Held until the transaction ends, so that of several writers one makes tables.
constexpr const char* kPostgresOneAtATime = "SELECT pg_advisory_xact_lock(hashtext('churnstream tables'))";

// Wrong when the tables were written by another version or have other columns; says which. Several writers
// may open at once: one makes the tables, the others find them.
Result<void> make_or_check_postgres_tables(PostgresConnection& connection, const PostgresSettings& settings,
                                           const ScoredRecord& record);

// The view in upper-case names, made where it is missing: the customers' columns in the order of `customer`,
// CHURN, then what else we know. Wrong when the name belongs to something else.
Result<void> make_or_check_postgres_view(PostgresConnection& connection, const PostgresSettings& settings,
                                         const Schema& customer, std::size_t key_column);

// What makes an event the same event; a partitioned table's key has to hold what it is partitioned by, which
// the same position always has the same of.
std::string postgres_event_key(const PostgresSettings& settings);

// "schema"."table".
std::string postgres_table(const PostgresSettings& settings, std::string_view table);

}  // namespace churnstream
