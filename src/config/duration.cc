#include "config/duration.h"

#include <array>
#include <charconv>
#include <cstdint>
#include <limits>

namespace churnstream {
namespace {

struct Unit {
  std::string_view name;
  std::int64_t nanoseconds;
};

// Biggest first, since duration_as_text takes the first that divides.
constexpr std::array kUnits{
    Unit{"d", 86'400'000'000'000}, Unit{"h", 3'600'000'000'000}, Unit{"m", 60'000'000'000},
    Unit{"s", 1'000'000'000},      Unit{"ms", 1'000'000},        Unit{"us", 1'000},
};

}  // namespace

std::optional<std::chrono::nanoseconds> parse_duration(std::string_view text) {
  std::int64_t count = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), count);
  if (problem != std::errc() || count < 0) return std::nullopt;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  for (const Unit& unit : kUnits) {
    if (text != unit.name) continue;
    if (count > std::numeric_limits<std::int64_t>::max() / unit.nanoseconds) return std::nullopt;
    return std::chrono::nanoseconds(count * unit.nanoseconds);
  }
  return std::nullopt;
}

std::string duration_as_text(std::chrono::nanoseconds duration) {
  const std::int64_t count = duration.count();
  if (count == 0) return "0s";
  for (const Unit& unit : kUnits)
    if (count % unit.nanoseconds == 0)
      return std::to_string(count / unit.nanoseconds) + std::string(unit.name);
  return std::to_string(count / kUnits.back().nanoseconds) + std::string(kUnits.back().name);
}

}  // namespace churnstream
