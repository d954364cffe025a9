// How old rows may get, by event_time, before a store takes them out: one option, the same in every store
// that has it. Plain values; any thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/options.h"

namespace churnstream {

using Retention = std::map<std::string, std::chrono::seconds>;  // by table; one that is left out keeps all

constexpr std::chrono::hours kRetentionEvery{1};      // so often a store looks
constexpr std::chrono::seconds kRetentionGoesOn{5};   // and so soon again when there was too much for one go
constexpr std::chrono::seconds kRetentionTimeMax{2};  // of one go and table: then batches pass
constexpr int kRetentionRowsAtOnce = 10'000;          // a statement of some ten milliseconds

// Declares `retention`. `example`: as it may stand in a file.
void declare_retention(Options& options, const std::string& example);
// Wrong when it names none of these tables, or no time of an hour or more.
Result<Retention> retention_of(const Config& config, const std::vector<std::string>& tables);

// What happened before this is too old.
EpochMicros too_old_before(EpochMicros now_us, std::chrono::seconds age);

}  // namespace churnstream
