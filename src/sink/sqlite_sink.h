// Scores into a SQLite file, exactly once: rows and positions become durable in one transaction, and a row
// before the stored position is skipped. Tables: docs/formats/stores.md. One writer for all lanes, and one
// process per file.
#pragma once

#include <memory>
#include <optional>

#include "config/options.h"
#include "sink/backfill.h"
#include "sink/sink.h"
#include "sink/sqlite_schema.h"

namespace churnstream {

Options sqlite_options();
Result<SqliteSettings> sqlite_settings_of(const Config& config);
Result<std::unique_ptr<Sink>> make_sqlite_sink(const Config& config);
std::unique_ptr<Sink> make_sqlite_sink(SqliteSettings settings);
// Writes past rows beside whoever writes the file.
std::unique_ptr<Sink> make_sqlite_backfill(SqliteSettings settings, RowsThere there);

}  // namespace churnstream
