// Scores into Snowflake. Tables: docs/formats/stores.md; every exchange: docs/formats/snowflake.md. Any
// number of lanes and processes may write; each has a sink and connections of its own.
//
// mode = "streaming": exactly once. One channel per source partition; the offset token that Snowflake commits
// with the rows is the source's offset, and says on the next open where to go on. mode = "merge": effectively
// once. Every statement, done again, changes nothing more.
#pragma once

#include <memory>

#include "sink/backfill.h"
#include "sink/sink.h"
#include "sink/snowflake_settings.h"

namespace churnstream {

Result<std::unique_ptr<Sink>> make_snowflake_sink(const Config& config);
std::unique_ptr<Sink> make_snowflake_sink(SnowflakeSettings settings);
// Past rows, by MERGE in both modes. Beside channels only rows that these have passed are taken: Broken
// where they have not, since the stream would append them once more.
std::unique_ptr<Sink> make_snowflake_backfill(SnowflakeSettings settings, RowsThere there);

}  // namespace churnstream
