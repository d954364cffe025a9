// [[sink]] type = "redis": what the section says. Plain values.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "config/options.h"

namespace churnstream {

struct RedisSettings {
  std::string host = "127.0.0.1";
  int port = 6379;
  std::string username, password;
  int database = 0;
  std::string prefix = "churn";  // of every key
  std::int64_t events_max = 0;   // in the stream of a partition; 0: all
  std::chrono::milliseconds timeout{10'000};
};

Options redis_options();
RedisSettings redis_settings_of(const Config& config);

// "churn:positions", of the settings' prefix.
std::string redis_key(const RedisSettings& settings, std::string_view name);

}  // namespace churnstream
