// JSON written piece by piece, where a document per row would be too slow. Any thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace churnstream {

// Appends `text` as a JSON string with its quotes. Bytes that are no UTF-8 become U+FFFD, so that what we
// write is always JSON (RFC 8259, section 7).
void append_json_text(std::string& out, std::string_view text);

// Appends the shortest text that reads back as the same double; NaN and infinities become null.
void append_json_number(std::string& out, double value);
void append_json_number(std::string& out, std::int64_t value);

// Whether every byte belongs to well-formed UTF-8 (RFC 3629): no overlong forms, no surrogates.
bool is_utf8(std::string_view text);

}  // namespace churnstream
