// What to make of a failure at Snowflake: in one place, for every exchange. Plain values.
#pragma once

#include <chrono>
#include <string>

#include "base/result.h"

namespace churnstream {

enum class SnowflakeTrouble {
  passing,  // the network, a service that is busy or down, a lock: nothing happened, try again
  unknown,  // the answer was lost: it may have happened
  row,      // a value its column cannot hold, or a constraint
  taken,    // another writer opened the channel
  broken,   // rights, other tables, a statement that is not understood: somebody has to act
};

struct SnowflakeError {
  SnowflakeTrouble trouble = SnowflakeTrouble::broken;
  std::string message;                // with Snowflake's own code where it gave one; never a secret
  std::chrono::milliseconds wait{0};  // how long the service asks us to wait before trying again
};

template <typename T>
using SnowflakeResult = tl::expected<T, SnowflakeError>;

inline tl::unexpected<SnowflakeError> snowflake_failed(SnowflakeTrouble trouble, std::string message,
                                                       std::chrono::milliseconds wait = {}) {
  return tl::make_unexpected(SnowflakeError{trouble, std::move(message), wait});
}

}  // namespace churnstream
