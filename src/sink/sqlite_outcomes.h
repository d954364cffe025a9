// Puts outcomes beside the events of a SQLite store, also while a stream writes it.
#pragma once

#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "sink/known_outcomes.h"

namespace churnstream {

// All or nothing. Wrong where no run has made a store with churn_outcomes there.
Result<OutcomesKept> keep_in_sqlite(const Path& path, const std::vector<KnownOutcome>& outcomes);

}  // namespace churnstream
