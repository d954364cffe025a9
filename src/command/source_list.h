// Every kind of source a pipeline can read from, as a list one can read. Used while a pipeline is put
// together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/options.h"
#include "data/finding.h"
#include "source/source.h"
#include "source/source_range.h"

namespace churnstream {

// What a lane asks of its source besides what the file says.
struct LaneWishes {
  std::string member;          // "<instance>-<lane>": who it is in a group
  bool until_end = false;      // finish at the end that is there when it opens
  bool transactional = false;  // its positions are committed in transactions
};

struct SourceKind {
  const char* type;
  Options (*options)();
  Result<std::unique_ptr<Source>> (*make)(const Config& config, Clock& clock, const LaneWishes& wishes);
  const char* reads;  // for --check: "reads <where>, one partition ..."
  bool has_end;       // it can come to an end by itself
  bool many_lanes;    // several lanes can share the partitions
  bool has_group;     // its group keeps the positions, so that the state folder need not
  // For run --dry-run and doctor: connects, and says what would be read now; null where nothing can be asked.
  Findings (*look)(const Config& config);
  // For backfill: the offsets of a stretch of it, and a source that reads them once; null where its past
  // cannot be read again.
  Result<OffsetRanges> (*ranges)(const Config& config, const SourceRange& range);
  Result<std::unique_ptr<Source>> (*make_range)(const Config& config, Clock& clock, OffsetRanges ranges);
};

const std::vector<SourceKind>& all_source_kinds();
const SourceKind* find_source_kind(const std::string& type);  // null when there is none

// Types that design and docs name and this build does not have: an error says so instead of "unknown".
const std::vector<std::string>& source_types_not_built();

}  // namespace churnstream
