#include "data/record_headers.h"

#include <cstdint>
#include <cstring>

#include "base/result.h"

namespace churnstream {
namespace {

constexpr std::uint32_t kNull = 0xFFFFFFFF;

void append_length(std::string& bytes, std::uint32_t length) {
  bytes.append(reinterpret_cast<const char*>(&length), sizeof length);
}

std::uint32_t take_length(std::string_view& bytes) {
  std::uint32_t length = 0;
  insist(bytes.size() >= sizeof length, "record headers are whole");
  std::memcpy(&length, bytes.data(), sizeof length);
  bytes.remove_prefix(sizeof length);
  return length;
}

std::string_view take(std::string_view& bytes, std::uint32_t length) {
  insist(bytes.size() >= length, "record headers are whole");
  const std::string_view taken = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return taken;
}

}  // namespace

void append_header(std::string& headers, std::string_view name, std::optional<std::string_view> value) {
  append_length(headers, static_cast<std::uint32_t>(name.size()));
  headers.append(name);
  append_length(headers, value ? static_cast<std::uint32_t>(value->size()) : kNull);
  if (value) headers.append(*value);
}

std::vector<RecordHeader> headers_of(std::string_view headers) {
  std::vector<RecordHeader> all;
  while (!headers.empty()) {
    RecordHeader header;
    header.name = take(headers, take_length(headers));
    const std::uint32_t length = take_length(headers);
    if (length != kNull) header.value = take(headers, length);
    all.push_back(header);
  }
  return all;
}

}  // namespace churnstream
