#pragma once

#include <memory>

#include "sink/redis_connection.h"
#include "sink/sink.h"

namespace churnstream {

Result<std::unique_ptr<Sink>> make_redis_sink(const Config& config);
std::unique_ptr<Sink> make_redis_sink(RedisSettings settings, OpenRedis open = RedisConnection::connect);

}  // namespace churnstream
