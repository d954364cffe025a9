// Every kind of source a pipeline can read from, as a list one can read. Used while a pipeline is put
// together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/options.h"
#include "source/source.h"

namespace churnstream {

struct SourceKind {
  const char* type;
  Options (*options)();
  Result<std::unique_ptr<Source>> (*make)(const Config& config, Clock& clock);
  const char* reads;  // for --check: "reads <where>, one partition ..."
  bool has_end;       // it can come to an end by itself
  bool many_lanes;    // several lanes can share the partitions
};

const std::vector<SourceKind>& all_source_kinds();
const SourceKind* find_source_kind(const std::string& type);  // null when there is none

// Types that design and docs name and this build does not have: an error says so instead of "unknown".
const std::vector<std::string>& source_types_not_built();

}  // namespace churnstream
