#include "base/numbers.h"

#include <fast_float/fast_float.h>

#include <charconv>
#include <cmath>

namespace churnstream {

std::optional<double> parse_double(std::string_view text) {
  if (text.size() > 1 && text[0] == '+' && text[1] != '-') text.remove_prefix(1);
  double value = 0;
  const auto [end, problem] = fast_float::from_chars(text.data(), text.data() + text.size(), value);
  if (problem != std::errc() || end != text.data() + text.size() || !std::isfinite(value))
    return std::nullopt;
  return value;
}

std::string shortest(double value) {
  std::string out;
  append_shortest(out, value);
  return out;
}

void append_shortest(std::string& out, double value) {
  char buffer[32];  // The longest shortest double has 24 characters.
  const auto [end, problem] = std::to_chars(buffer, buffer + sizeof buffer, value);
  out.append(buffer, end);
}

}  // namespace churnstream
