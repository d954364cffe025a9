// A customer is forgotten: their key, and their events in every stream of the prefix.
#pragma once

#include "sink/erasure.h"
#include "sink/redis_settings.h"

namespace churnstream {

// Reads the streams whole: a customer's events have no index.
Result<Erasure> forget_in_redis(const Config& config, const ErasureWishes& wishes);

}  // namespace churnstream
