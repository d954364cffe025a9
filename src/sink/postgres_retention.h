// What keeps the tables from growing for ever: partitions of churn_events, one per day, made ahead of the
// rows, and the end of what is older than the file allows. By the server's clock. Used by the sink's thread
// between two batches; several writers may do it at the same time.
#pragma once

#include "sink/postgres_connection.h"

namespace churnstream {

// Where rows lie whose day has no partition: older ones than yesterday's when they first came, and later ones
// than tomorrow's.
constexpr const char* kPostgresOtherDays = "churn_events_other";

// Yesterday's, today's and tomorrow's partition, where they are missing and none of their rows lies with the
// other days'.
PostgresResult<void> make_postgres_days(PostgresConnection& connection, const PostgresSettings& settings);

// Drops days and deletes rows that are too old; whether all of them are gone, since it stops after two
// seconds per table to let batches pass.
PostgresResult<bool> remove_old_postgres_rows(PostgresConnection& connection,
                                              const PostgresSettings& settings);

}  // namespace churnstream
