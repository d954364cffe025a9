#include "source/source_place.h"

#include <charconv>
#include <string>

namespace churnstream {
namespace {

template <typename Number>
bool take_number(std::string_view& text, Number& number) {
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (problem != std::errc() || number < 0) return false;
  text.remove_prefix(static_cast<std::size_t>(end - text.data()));
  return true;
}

std::optional<std::map<std::int32_t, std::int64_t>> offsets_of(std::string_view text) {
  std::map<std::int32_t, std::int64_t> offsets;
  for (;;) {
    std::int32_t partition = 0;
    std::int64_t offset = 0;
    if (!take_number(text, partition) || !text.starts_with(':')) return std::nullopt;
    text.remove_prefix(1);
    if (!take_number(text, offset) || !offsets.emplace(partition, offset).second) return std::nullopt;
    if (text.empty()) return offsets;
    if (!text.starts_with(',')) return std::nullopt;
    text.remove_prefix(1);
  }
}

}  // namespace

std::optional<SourcePlace> source_place_of(std::string_view text) {
  SourcePlace place;
  if (text == "earliest") return place;
  if (text == "latest") {
    place.at = SourcePlace::At::latest;
  } else if (const auto time = parse_rfc3339(text)) {
    place.at = SourcePlace::At::time;
    place.time_us = *time;
  } else if (auto offsets = offsets_of(text)) {
    place.at = SourcePlace::At::offsets;
    place.offsets = *std::move(offsets);
  } else {
    return std::nullopt;
  }
  return place;
}

}  // namespace churnstream
