#include "base/csv_text.h"

namespace churnstream {

void append_quoted_csv_text(std::string& out, std::string_view text) {
  out += '"';
  for (const char letter : text) {
    if (letter == '"') out += '"';
    out += letter;
  }
  out += '"';
}

void append_csv_text(std::string& out, std::string_view text) {
  if (text.find_first_of("\",\r\n") == std::string_view::npos)
    out += text;
  else
    append_quoted_csv_text(out, text);
}

}  // namespace churnstream
