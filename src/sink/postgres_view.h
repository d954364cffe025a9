// The view of churn_scores in upper-case names, for reports that were made for the original's table. Used by
// the sink's thread while it opens.
#pragma once

#include "data/schema.h"
#include "sink/postgres_connection.h"
#include "sink/view_column.h"

namespace churnstream {

// What the view shows, in order; `shows` is a column of churn_scores.
std::vector<ViewColumn> postgres_view_columns(const Schema& customer, std::size_t key_column);

// Made where it is missing: the customers' columns in the order of `customer`, CHURN, then what else we know.
// Wrong when the name belongs to something else. Needs: settings.view is "SCHEMA.NAME".
Result<void> make_or_check_postgres_view(PostgresConnection& connection, const PostgresSettings& settings,
                                         const Schema& customer, std::size_t key_column);

}  // namespace churnstream
