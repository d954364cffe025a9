#include "base/log.h"

#include <spdlog/sinks/stdout_color_sinks.h>
#include <spdlog/spdlog.h>

namespace churnstream {
namespace {

spdlog::logger& logger() {
  static const auto log = [] {
    auto made = std::make_shared<spdlog::logger>("churnstream",
                                                 std::make_shared<spdlog::sinks::stderr_color_sink_mt>());
    made->set_pattern("%Y-%m-%dT%H:%M:%S.%e%z %^%l%$ %v");
    return made;
  }();
  return *log;
}

}  // namespace

void set_log_level(LogLevel level) {
  switch (level) {
    case LogLevel::debug: return logger().set_level(spdlog::level::debug);
    case LogLevel::info: return logger().set_level(spdlog::level::info);
    case LogLevel::warn: return logger().set_level(spdlog::level::warn);
    case LogLevel::error: return logger().set_level(spdlog::level::err);
  }
}

Result<LogLevel> log_level_of(std::string_view name) {
  if (name == "debug") return LogLevel::debug;
  if (name == "info") return LogLevel::info;
  if (name == "warn") return LogLevel::warn;
  if (name == "error") return LogLevel::error;
  return wrong("reading the log level", name, "there is no such level", "debug, info, warn or error");
}

void log_debug(std::string_view sentence) { logger().debug("{}", sentence); }
void log_info(std::string_view sentence) { logger().info("{}", sentence); }
void log_warn(std::string_view sentence) { logger().warn("{}", sentence); }
void log_error(std::string_view sentence) { logger().error("{}", sentence); }

}  // namespace churnstream
