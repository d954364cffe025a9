// [[sink]] type = "snowflake", mode = "streaming": rows appended through channels, one per source partition;
// see snowflake_sink.h.
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "sink/sink.h"
#include "sink/snowflake_settings.h"

namespace churnstream {

std::unique_ptr<Sink> make_snowflake_streaming_sink(SnowflakeSettings settings);

// The name of a partition's channel: Snowflake takes letters of either size for the same, Kafka does not.
std::string snowflake_channel_name(const Partition& partition);

// An offset token: the offset in 19 digits and, where a topic's identity is known, a mark of it.
std::string snowflake_offset_token(Offset offset, const std::string& identity);
struct SnowflakeOffset {
  Offset next{};     // the first offset that is not committed
  std::string mark;  // of the topic's identity; empty: none
};
// Nothing for a token that we did not write. An empty one is offset 0.
std::optional<SnowflakeOffset> parse_snowflake_offset_token(const std::string& token);

}  // namespace churnstream
