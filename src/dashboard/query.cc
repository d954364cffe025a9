#include "dashboard/query.h"

#include <algorithm>

#include "base/json_text.h"

namespace churnstream {
namespace {

int hex_digit(char letter) {
  if (letter >= '0' && letter <= '9') return letter - '0';
  if (letter >= 'a' && letter <= 'f') return letter - 'a' + 10;
  if (letter >= 'A' && letter <= 'F') return letter - 'A' + 10;
  return -1;
}

bool is_control(char letter) {
  const auto code = static_cast<unsigned char>(letter);
  return code < 0x20 || code == 0x7F;
}

std::optional<std::string> decoded(std::string_view text, bool plus_is_space) {
  std::string out;
  out.reserve(text.size());
  for (std::size_t at = 0; at < text.size(); ++at) {
    char letter = text[at];
    if (letter == '%') {
      if (at + 2 >= text.size()) return std::nullopt;
      const int high = hex_digit(text[at + 1]), low = hex_digit(text[at + 2]);
      if (high < 0 || low < 0) return std::nullopt;
      letter = static_cast<char>(high * 16 + low);
      at += 2;
    } else if (letter == '+' && plus_is_space) {
      letter = ' ';
    }
    if (is_control(letter)) return std::nullopt;
    out.push_back(letter);
  }
  if (!is_utf8(out)) return std::nullopt;
  return out;
}

}  // namespace

std::optional<std::string_view> Query::value(std::string_view name) const {
  for (const auto& [known, value] : values)
    if (known == name) return value;
  return std::nullopt;
}

std::vector<std::string_view> Query::all(std::string_view name) const {
  std::vector<std::string_view> found;
  for (const auto& [known, value] : values)
    if (known == name) found.push_back(value);
  return found;
}

std::string_view path_of(std::string_view target) { return target.substr(0, target.find('?')); }

std::optional<std::vector<std::pair<std::string, std::string>>> parse_parameters(std::string_view text) {
  std::vector<std::pair<std::string, std::string>> parameters;
  while (!text.empty()) {
    const std::string_view one = text.substr(0, text.find('&'));
    text.remove_prefix(std::min(one.size() + 1, text.size()));
    if (one.empty()) continue;
    if (parameters.size() == kParametersMax) return std::nullopt;
    const std::size_t equals = one.find('=');
    std::optional<std::string> name = decoded(one.substr(0, equals), true);
    std::optional<std::string> value =
        decoded(equals == std::string_view::npos ? std::string_view() : one.substr(equals + 1), true);
    if (!name || !value) return std::nullopt;
    parameters.emplace_back(*std::move(name), *std::move(value));
  }
  return parameters;
}

std::optional<Query> parse_query(std::string_view target) {
  if (target.size() > kTargetBytesMax || !target.starts_with('/')) return std::nullopt;
  Query query;
  std::string_view path = path_of(target);
  auto parameters = parse_parameters(target.substr(std::min(path.size() + 1, target.size())));
  if (!parameters) return std::nullopt;
  query.values = *std::move(parameters);
  while (!path.empty()) {
    path.remove_prefix(1);
    const std::string_view part = path.substr(0, path.find('/'));
    path.remove_prefix(part.size());
    std::optional<std::string> plain = decoded(part, false);
    if (!plain) return std::nullopt;
    query.path.push_back(*std::move(plain));
  }
  return query;
}

}  // namespace churnstream
