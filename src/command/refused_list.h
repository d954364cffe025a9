// Every kind of place where refused rows can go, as a list one can read. Used while a pipeline is put
// together.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "config/options.h"
#include "data/finding.h"
#include "sink/erasure.h"
#include "sink/sink.h"

namespace churnstream {

struct RefusedKind {
  const char* type;
  Options (*options)();
  Result<std::unique_ptr<RefusedStore>> (*make)(const Config& config, Clock& clock);
  const char* promise;  // for --check: who can read it, what a crash can do to it
  // For run --dry-run and doctor: connects, and says what is there; null where nothing can be asked.
  Findings (*look)(const Config& config, const Assignment& wanted);
  // Erases a customer from what was refused.
  Result<Erasure> (*forget)(const Config& config, const ErasureWishes& wishes);
};

const std::vector<RefusedKind>& all_refused_kinds();
const RefusedKind* find_refused_kind(const std::string& type);  // null when there is none

}  // namespace churnstream
