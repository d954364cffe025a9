#include "config/source_lines.h"

#include <algorithm>
#include <array>
#include <cctype>

namespace churnstream {
namespace {

constexpr std::size_t kShownCharactersMax = 100;  // A longer line is cut, so that the caret stays in sight.

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

// The byte at which character `index` (from 0) begins, or the end of the line.
std::size_t byte_of_character(std::string_view line, std::size_t index) {
  for (std::size_t byte = 0; byte < line.size(); ++byte)
    if (begins_character(line[byte]) && index-- == 0) return byte;
  return line.size();
}

bool mentions_a_secret(std::string_view line) {
  constexpr std::array<std::string_view, 4> kWords{"password", "passphrase", "secret", "token"};
  std::string lower(line);
  std::transform(lower.begin(), lower.end(), lower.begin(),
                 [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return std::any_of(kWords.begin(), kWords.end(),
                     [&](std::string_view word) { return lower.find(word) != std::string::npos; });
}

}  // namespace

std::string printable(std::string_view text) {
  std::string shown(text);
  for (char& c : shown)
    if ((static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7F) c = '?';
  return shown;
}

SourceLines::SourceLines(std::string name, std::string_view text) : name_(std::move(name)) {
  if (text.starts_with("\xEF\xBB\xBF")) text.remove_prefix(3);
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    lines_.push_back(printable(line));
    text.remove_prefix(std::min(end + 1, text.size()));
  }
}

bool SourceLines::hides(std::size_t line) const {
  return hidden_.contains(line) ||
         (line >= 1 && line <= lines_.size() && mentions_a_secret(lines_[line - 1]));
}

std::string SourceLines::where(std::size_t line) const {
  return line == 0 ? name_ : name_ + ":" + std::to_string(line);
}

tl::unexpected<Error> SourceLines::point(SourcePlace place, std::string_view problem) const {
  std::string message = where(place.line) + ": " + std::string(problem);
  if (place.line >= 1 && place.line <= lines_.size()) {
    std::string line = lines_[place.line - 1];
    if (hides(place.line)) {
      const std::size_t equals = line.find('=');
      line = equals == std::string::npos ? "..." : line.substr(0, equals) + "= ...";
    }
    std::size_t caret = byte_of_character(line, place.column == 0 ? 0 : place.column - 1);
    if (caret > kShownCharactersMax) {
      std::size_t cut = caret - kShownCharactersMax / 2;
      while (cut < caret && !begins_character(line[cut])) ++cut;
      line = "..." + line.substr(cut);
      caret = caret - cut + 3;
    }
    // A line is never cut inside a character.
    line.resize(byte_of_character(line, 2 * kShownCharactersMax));
    std::string indent;
    for (std::size_t byte = 0; byte < std::min(caret, line.size()); ++byte)
      if (begins_character(line[byte])) indent += line[byte] == '\t' ? '\t' : ' ';
    message += "\n  " + line + "\n  " + indent + "^";
  }
  return tl::unexpected(Error{std::move(message), ErrorKind::wrong});
}

}  // namespace churnstream
