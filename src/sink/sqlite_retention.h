// The end of rows that are older than the file allows, between two batches of the sink that owns the
// database.
#pragma once

#include "sink/retention.h"
#include "sink/sqlite_database.h"

namespace churnstream {

// Takes out rows of these tables that are too old at `now_us`, for kRetentionTimeMax per table; whether all
// of them are gone.
tl::expected<bool, SqliteError> remove_old_sqlite_rows(SqliteDatabase& database, const Retention& retention,
                                                       EpochMicros now_us);

}  // namespace churnstream
