// How far a channel of Snowpipe Streaming has come: its name, and the offsets of the source that its tokens
// stand for (docs/formats/snowflake.md, "Streaming"). Any thread, but for the wait.
#pragma once

#include <optional>
#include <string>

#include "data/position.h"
#include "sink/snowflake_channel.h"

namespace churnstream {

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
// Whether the mark may be this topic's: either of them may be unknown (empty).
bool is_snowflake_mark_of(const std::string& mark, const std::string& identity);

// Asks with growing pauses until all before `next` is committed; the token of what it gives can be parsed.
// `unknown`: it was not within `patience`.
SnowflakeResult<SnowflakeChannelStatus> wait_for_snowflake_commit(SnowflakeChannels& channels,
                                                                  const std::string& channel, Offset next,
                                                                  std::chrono::milliseconds patience);

}  // namespace churnstream
