// Scores into PostgreSQL, exactly once: rows and positions become durable in one transaction, and a row
// before the stored position is skipped. Tables: docs/formats/stores.md. Any number of lanes and processes
// may write; each has a sink and a connection of its own.
//
// Who may write a partition. Whoever writes it holds its row of churn_positions until the transaction ends
// and moves it only from the value read there: two writers of one partition come one after the other, and the
// second skips what the first one wrote. The row names its owner. Where a group hands partitions from member
// to member the next writer puts its own name there, whatever stood before: a member that woke up late writes
// the same rows the new one would, once. Where one process reads the source, another owner means that a
// second one was started: the first stops.
#pragma once

#include <memory>

#include "sink/backfill.h"
#include "sink/postgres_settings.h"
#include "sink/sink.h"

namespace churnstream {

Result<std::unique_ptr<Sink>> make_postgres_sink(const Config& config);
std::unique_ptr<Sink> make_postgres_sink(PostgresSettings settings);
// Writes past rows beside whoever writes the tables.
std::unique_ptr<Sink> make_postgres_backfill(PostgresSettings settings, RowsThere there);

}  // namespace churnstream
