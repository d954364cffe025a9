// What the program says while it runs: sentences with the values after them, on standard error. Any thread.
// Info: something an operator asked for is done. Warn: strange, nothing lost. Error: someone must act.
#pragma once

#include <string_view>

#include "base/result.h"

namespace churnstream {

enum class LogLevel { debug, info, warn, error };

void set_log_level(LogLevel level);
Result<LogLevel> log_level_of(std::string_view name);  // "debug", "info", "warn", "error"

void log_debug(std::string_view sentence);
void log_info(std::string_view sentence);
void log_warn(std::string_view sentence);
void log_error(std::string_view sentence);

}  // namespace churnstream
