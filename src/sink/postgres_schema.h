// The tables of the PostgreSQL store (docs/formats/stores.md): made where they are missing, compared where
// they are not. Used by the sink's thread while it opens.
#pragma once

#include "sink/postgres_connection.h"
#include "sink/scored_record.h"

namespace churnstream {

constexpr std::int64_t kPostgresFormatVersion = 1;

// Wrong when the tables were written by another version or have other columns; says which. Several writers
// may open at once: one makes the tables, the others find them.
Result<void> make_or_check_postgres_tables(PostgresConnection& connection, const PostgresSettings& settings,
                                           const ScoredRecord& record);
// The comparison alone, of those tables that are there: changes nothing.
Result<void> check_postgres_tables(PostgresConnection& connection, const PostgresSettings& settings,
                                   const ScoredRecord& record);

// Those that the settings ask for, by name.
std::vector<std::string> postgres_table_names(const PostgresSettings& settings);

// What makes an event the same event; a partitioned table's key has to hold what it is partitioned by, which
// the same position always has the same of.
std::string postgres_event_key(const PostgresSettings& settings);

}  // namespace churnstream
