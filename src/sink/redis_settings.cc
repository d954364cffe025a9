#include "sink/redis_settings.h"

namespace churnstream {

Options redis_options() {
  Options options("sink.redis",
                  "Scores into Redis, a hash per customer and a stream of events: exactly once.");
  options.text("host", "Where the server is.").fallback("127.0.0.1");
  options.integer("port", "Its port.").between(1, 65'535).fallback(std::int64_t{6'379});
  options.text("username", "Who we are, where the server has users.");
  options.secret("password", "The password.");
  options.integer("database", "The number of the database.").between(0, 1e6).fallback(std::int64_t{0});
  options.text("prefix", "What every key begins with, before a colon.").fallback("churn");
  options.integer("events_max", "About how many events the stream of a partition keeps; 0: all.")
      .at_least(0)
      .fallback(std::int64_t{0});
  options.duration("timeout", "How long to wait for the server.")
      .between(0.1, 600)
      .fallback(std::chrono::nanoseconds(std::chrono::seconds(10)));
  return options;
}

RedisSettings redis_settings_of(const Config& config) {
  RedisSettings settings;
  settings.host = config.text("host");
  settings.port = static_cast<int>(config.integer("port"));
  if (config.has("username")) settings.username = config.text("username");
  if (config.has("password")) settings.password = config.text("password");
  settings.database = static_cast<int>(config.integer("database"));
  settings.prefix = config.text("prefix");
  settings.events_max = config.integer("events_max");
  settings.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(config.duration("timeout"));
  return settings;
}

std::string redis_key(const RedisSettings& settings, std::string_view name) {
  return settings.prefix + ":" + std::string(name);
}

}  // namespace churnstream
