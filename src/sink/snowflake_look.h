// What a look at a Snowflake store finds: the account, who we are there, the clock, the tables, our rights.
// Connects and reads; changes nothing.
#pragma once

#include "data/finding.h"
#include "sink/sink.h"
#include "sink/snowflake_settings.h"

namespace churnstream {

Findings look_at_snowflake(const SnowflakeSettings& settings, const Assignment& wanted);

}  // namespace churnstream
