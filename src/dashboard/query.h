// What an address asks for: its path and its parameters, decoded. Pure; any thread.
//
//   parse_query("/api/v1/segments?by=Contract%2CDependents")
//   path {"api", "v1", "segments"}, values {{"by", "Contract,Dependents"}}
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace churnstream {

constexpr std::size_t kTargetBytesMax = 4 * 1024;
constexpr std::size_t kParametersMax = 64;

struct Query {
  std::vector<std::string> path;                            // its parts; a decoded "/" stays inside its part
  std::vector<std::pair<std::string, std::string>> values;  // in their order; a name may come again

  // The first value of this name; nothing where it was not sent.
  std::optional<std::string_view> value(std::string_view name) const;
  std::vector<std::string_view> all(std::string_view name) const;
  bool operator==(const Query&) const = default;
};

// Nothing for an address that nobody sends by mistake: not from "/" on, too long, a broken %-escape, a
// control character, bytes that are no UTF-8, more than kParametersMax parameters.
std::optional<Query> parse_query(std::string_view target);

// The same rules for "a=1&b=2" alone: a form's body.
std::optional<std::vector<std::pair<std::string, std::string>>> parse_parameters(std::string_view text);

// The part before "?" as sent.
std::string_view path_of(std::string_view target);

}  // namespace churnstream
