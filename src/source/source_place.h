// A place in a source, as somebody writes it down: where reading starts, or where a stretch of it ends. Plain
// values.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string_view>

#include "base/clock.h"

namespace churnstream {

struct SourcePlace {
  enum class At { earliest, latest, time, offsets } at = At::earliest;
  EpochMicros time_us = 0;
  std::map<std::int32_t, std::int64_t> offsets;  // by partition
};

// "earliest", "latest", an RFC 3339 time, or "0:15,1:20": partition and offset.
std::optional<SourcePlace> source_place_of(std::string_view text);

}  // namespace churnstream
