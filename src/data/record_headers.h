// The headers of a record as one run of bytes, so that a batch needs no objects per record: for each header
// the length of its name, its name, the length of its value (or none: null) and its value. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace churnstream {

struct RecordHeader {
  std::string_view name;
  std::optional<std::string_view> value;
  bool operator==(const RecordHeader&) const = default;
};

void append_header(std::string& headers, std::string_view name, std::optional<std::string_view> value);

// In the order they came; the views point into `headers`. Needs: bytes that append_header wrote.
std::vector<RecordHeader> headers_of(std::string_view headers);

}  // namespace churnstream
