// Past rows beside a stream: Snowpipe Streaming appends without looking, so that only rows its channel has
// passed may be merged; the others would come a second time. Asks, and opens no channel: whoever streams is
// not disturbed. One thread.
#pragma once

#include <map>

#include "data/scored_batch.h"
#include "sink/snowflake_channel_offset.h"

namespace churnstream {

class SnowflakeStreamBehind {
 public:
  // Needs: `settings` and `login` outlive it.
  SnowflakeStreamBehind(const SnowflakeSettings& settings, SnowflakeLogin& login)
      : settings_(settings), channels_(settings, login) {}

  // Waits up to the time-out for a stream that is about to pass these rows. `broken`: it has not, or its
  // topic is another one; the message says what to do.
  SnowflakeResult<void> must_be_past(const ScoredBatch& rows, const Checkpoint& after);

 private:
  SnowflakeError not_past(const Partition& partition, Offset next) const;

  const SnowflakeSettings& settings_;
  SnowflakeChannels channels_;
  std::map<Partition, Offset> past_;
};

}  // namespace churnstream
