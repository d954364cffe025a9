// What both modes of the Snowflake sink share: how an error answers a write, and how tombstones are written.
// Any thread.
#pragma once

#include <string>

#include "data/scored_batch.h"
#include "sink/sink.h"
#include "sink/snowflake_error.h"
#include "sink/snowflake_settings.h"

namespace churnstream {

// Needs: the error is not a row's.
WriteOutcome snowflake_outcome(const SnowflakeSettings& settings, const SnowflakeError& error);

// The topic is not the one whose rows are stored.
Error snowflake_made_anew(const SnowflakeSettings& settings, const std::string& topic);

// A tombstone as a JSON object, with a comma before it unless the text ends in '['.
void append_snowflake_tombstone(std::string& out, const Partition& partition, const Tombstone& tombstone);

}  // namespace churnstream
