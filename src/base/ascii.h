// Letters of ASCII, whatever the locale says. Any thread.
#pragma once

#include <string>

namespace churnstream {

inline std::string upper_ascii(std::string text) {
  for (char& letter : text)
    if (letter >= 'a' && letter <= 'z') letter = static_cast<char>(letter - 'a' + 'A');
  return text;
}

}  // namespace churnstream
