// What a look at a Redis store finds: the server, how durable it is, how far the store has come. Changes
// nothing.
#pragma once

#include "data/finding.h"
#include "sink/redis_settings.h"
#include "sink/sink.h"

namespace churnstream {

Findings look_at_redis(const Config& config, const Assignment& wanted);

}  // namespace churnstream
