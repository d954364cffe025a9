// Durations as people write them in a config file: "100ms", "2s", "5m", "1h", "7d". Any thread.
#pragma once

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace churnstream {

// A whole number and one of the units us, ms, s, m, h, d; nothing for anything else or for more than int64
// nanoseconds (292 years).
std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text);

// The same in the biggest unit that divides it: "90s", "100ms". Whole microseconds; what is less is cut off.
std::string duration_as_text(std::chrono::nanoseconds duration);

}  // namespace churnstream
