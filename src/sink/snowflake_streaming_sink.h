// [[sink]] type = "snowflake", mode = "streaming": rows appended through channels, one per source partition;
// see snowflake_sink.h.
#pragma once

#include <memory>

#include "sink/sink.h"
#include "sink/snowflake_settings.h"

namespace churnstream {

std::unique_ptr<Sink> make_snowflake_streaming_sink(SnowflakeSettings settings);

}  // namespace churnstream
