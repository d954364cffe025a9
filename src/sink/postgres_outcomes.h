// Puts outcomes beside the events of a PostgreSQL store, also while streams write it.
#pragma once

#include <vector>

#include "base/result.h"
#include "sink/known_outcomes.h"
#include "sink/postgres_settings.h"

namespace churnstream {

// All or nothing, in one transaction. Wrong where no run has made churn_outcomes there.
Result<OutcomesKept> keep_in_postgres(PostgresSettings settings, const std::vector<KnownOutcome>& outcomes);

}  // namespace churnstream
