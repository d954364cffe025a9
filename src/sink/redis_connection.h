// A door to Redis as far as the sink needs it. The real one is hiredis; tests have one that lives in memory.
// Every wait has an end. One thread per object.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sink/redis_settings.h"

namespace churnstream {

enum class RedisTrouble {
  passing,  // nothing happened: no connection, loading, out of memory, a replica, a disk that is full
  unknown,  // the answer did not come
  broken,   // rights, or an error of ours: somebody has to act
};
struct RedisError {
  RedisTrouble trouble = RedisTrouble::broken;
  std::string message;
};

// What was answered: text for a status, a string or an integer; the items of an array. A null is empty.
struct RedisAnswer {
  std::string text;
  std::vector<RedisAnswer> items;
};

class RedisConnection {
 public:
  // Connects, says who we are and chooses the database. Wrong when the server will not have us.
  static Result<std::unique_ptr<RedisConnection>> connect(const RedisSettings& settings);
  virtual ~RedisConnection() = default;
  RedisConnection(const RedisConnection&) = delete;

  // One command with its arguments, which may hold any bytes. After `unknown` the connection is of no use.
  virtual tl::expected<RedisAnswer, RedisError> ask(const std::vector<std::string_view>& words) = 0;
  // "127.0.0.1:6379": for messages.
  const std::string& place() const { return place_; }

 protected:
  explicit RedisConnection(std::string place) : place_(std::move(place)) {}

 private:
  const std::string place_;
};

using OpenRedis = std::function<Result<std::unique_ptr<RedisConnection>>(const RedisSettings&)>;

}  // namespace churnstream
