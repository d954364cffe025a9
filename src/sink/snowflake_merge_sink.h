// [[sink]] type = "snowflake", mode = "merge": one MERGE per table and batch, by a warehouse; see
// snowflake_sink.h.
#pragma once

#include <memory>

#include "sink/sink.h"
#include "sink/snowflake_settings.h"

namespace churnstream {

std::unique_ptr<Sink> make_snowflake_merge_sink(SnowflakeSettings settings);

}  // namespace churnstream
