#include "base/sql_text.h"

namespace churnstream {
namespace {

std::string quoted(std::string_view text, char quote) {
  std::string quoted(1, quote);
  for (const char letter : text) quoted.append(letter == quote ? 2 : 1, letter);
  return quoted += quote;
}

}  // namespace

std::string sql_name(std::string_view name) { return quoted(name, '"'); }
std::string sql_text(std::string_view text) { return quoted(text, '\''); }

}  // namespace churnstream
