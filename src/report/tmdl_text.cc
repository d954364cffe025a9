#include "report/tmdl_text.h"

#include <algorithm>

namespace churnstream {
namespace {

bool is_word(std::string_view name) {
  const auto is_letter = [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !name.empty() && std::all_of(name.begin(), name.end(), is_letter);
}

std::string doubled(std::string_view text, char quote) {
  std::string out;
  for (const char letter : text) {
    if (letter == quote) out += letter;
    // What would end a line of TMDL.
    out += letter == '\n' || letter == '\r' ? ' ' : letter;
  }
  return out;
}

}  // namespace

std::string tmdl_name(std::string_view name) {
  return is_word(name) ? std::string(name) : "'" + doubled(name, '\'') + "'";
}

std::string tmdl_value(std::string_view text) {
  const auto is_taken_off = [](char letter) { return letter == ' ' || letter == '\t' || letter == '"'; };
  const bool is_plain = !text.empty() && !is_taken_off(text.front()) && !is_taken_off(text.back());
  return is_plain ? std::string(text) : '"' + doubled(text, '"') + '"';
}

std::string dax_column(std::string_view table, std::string_view column) {
  return "'" + doubled(table, '\'') + "'[" + doubled(column, ']') + "]";
}

std::string dax_text(std::string_view text) { return '"' + doubled(text, '"') + '"'; }

// "#(" opens an escape.
std::string m_text(std::string_view text) {
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i)
    out += text.substr(i, 2) == "#(" ? std::string("#(#)") : doubled(text.substr(i, 1), '"');
  return '"' + out + '"';
}

std::string indented(std::string_view text, std::size_t tabs) {
  std::string out;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    if (end > 0) out.append(tabs, '\t').append(text.substr(0, end));
    out += '\n';
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace churnstream
