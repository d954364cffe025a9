// Channels of Snowpipe Streaming by its REST interface (docs/formats/snowflake.md, "Streaming"): opened,
// appended to, asked how far they are committed. One thread per object.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "sink/snowflake_error.h"
#include "sink/snowflake_gzip.h"
#include "sink/snowflake_http.h"
#include "sink/snowflake_login.h"

namespace churnstream {

// What Snowflake says of a channel.
struct SnowflakeChannelStatus {
  std::string offset_token;       // of the last rows committed; empty: none yet
  std::int64_t rows_refused = 0;  // since the channel was made
  std::string last_error;         // why, for the last of them
};

struct SnowflakeChannel {
  std::string name;
  std::string continuation_token;  // goes with the next rows; another writer's open makes it stale
  SnowflakeChannelStatus status;
};

class SnowflakeChannels {
 public:
  // Needs: `settings` and `login` outlive it.
  SnowflakeChannels(const SnowflakeSettings& settings, SnowflakeLogin& login);

  // Finds the host that takes rows and a token for it. Done by itself where it is needed.
  SnowflakeResult<void> connect();

  // Makes the channel or opens it anew. What an earlier writer appended and Snowflake has not committed is
  // gone then, and that writer's tokens are stale.
  SnowflakeResult<SnowflakeChannel> open(const std::string& name);

  // Hands over rows (NDJSON) whose first and last have these offset tokens. They are not committed yet.
  // `taken`: another writer has opened the channel. After any error the channel has to be opened anew.
  SnowflakeResult<void> append(SnowflakeChannel& channel, std::string_view rows,
                               const std::string& first_token, const std::string& last_token);

  // Nothing: there is no such channel.
  SnowflakeResult<std::optional<SnowflakeChannelStatus>> find(const std::string& name);
  // `passing` when the channel is not there any more.
  SnowflakeResult<SnowflakeChannelStatus> status(const std::string& name);

 private:
  SnowflakeResult<std::string> ask(HttpRequest request);
  SnowflakeResult<std::string> ask_account(HttpRequest request);
  std::string channel_path(const std::string& name) const;

  const SnowflakeSettings& settings_;
  SnowflakeLogin& login_;
  SnowflakeHttp http_;
  Gzip gzip_;
  std::string host_;    // "https://..." of the ingest service; empty: not known
  std::string token_;   // scoped to it
  std::string packed_;  // kept for its memory
};

}  // namespace churnstream
