// Who we are to Snowflake: the token that goes with each request, made anew before it runs out. One thread at
// a time.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "sink/snowflake_key.h"
#include "sink/snowflake_settings.h"

namespace churnstream {

class SnowflakeLogin {
 public:
  // Wrong when the key cannot be used. Needs: `settings` and `clock` outlive it.
  static Result<SnowflakeLogin> make(const SnowflakeSettings& settings, Clock& clock = system_clock());

  // What X-Snowflake-Authorization-Token-Type says.
  const char* type() const;
  // Wrong when the token's file cannot be read.
  Result<std::string> token();
  // Snowflake turned the token down: the next one is a new one, where there can be one.
  void renew() { token_.reset(); }

 private:
  SnowflakeLogin(const SnowflakeSettings& settings, Clock& clock) : settings_(&settings), clock_(&clock) {}
  const SnowflakeSettings* settings_;
  Clock* clock_;
  std::optional<SnowflakeKey> key_;
  std::optional<std::string> token_;
  EpochMicros renew_at_us_ = 0;
};

}  // namespace churnstream
