// Small steps in reading a header's text. Pure; any thread.
#pragma once

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace churnstream {

inline std::string lower_of(std::string_view text) {
  std::string out(text);
  std::transform(out.begin(), out.end(), out.begin(),
                 [](unsigned char letter) { return static_cast<char>(std::tolower(letter)); });
  return out;
}

inline std::string_view without_blanks(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(" \t");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t") - begin + 1);
}

// Calls `visit` with each part of a header that `separator` divides, without blanks, until it says true.
template <typename Visit>
bool any_part(std::string_view header, char separator, Visit visit) {
  while (!header.empty()) {
    const std::size_t end = header.find(separator);
    if (visit(without_blanks(header.substr(0, end)))) return true;
    header = end == std::string_view::npos ? std::string_view() : header.substr(end + 1);
  }
  return false;
}

}  // namespace churnstream
