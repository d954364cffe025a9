// CSV written field by field. Any thread.
#pragma once

#include <string>
#include <string_view>

namespace churnstream {

// Appends a field in quotes, an inner quote doubled.
void append_quoted_csv_text(std::string& out, std::string_view text);

// Appends a field with quotes where it needs them: around commas, quotes and line ends, an inner quote
// doubled (RFC 4180, section 2).
void append_csv_text(std::string& out, std::string_view text);

}  // namespace churnstream
