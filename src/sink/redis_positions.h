// How far a Redis store has come, partition by partition: the hash of positions.
#pragma once

#include "data/position.h"
#include "sink/redis_connection.h"

namespace churnstream {

// Wrong when there is something that is no position of ours.
Result<Checkpoint> redis_positions(RedisConnection& connection, const RedisSettings& settings);

}  // namespace churnstream
