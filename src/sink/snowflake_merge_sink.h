// [[sink]] type = "snowflake", mode = "merge": one MERGE per table and batch, by a warehouse; see
// snowflake_sink.h. Past rows of both modes are written so, too.
#pragma once

#include <memory>
#include <optional>

#include "sink/backfill.h"
#include "sink/sink.h"
#include "sink/snowflake_settings.h"

namespace churnstream {

// With `backfill`: as sink/backfill.h says, into the tables of either mode.
std::unique_ptr<Sink> make_snowflake_merge_sink(SnowflakeSettings settings,
                                                std::optional<RowsThere> backfill = {});

}  // namespace churnstream
