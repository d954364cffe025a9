// What the PostgreSQL store remembers, for the page and the API: reads beside the sink on a connection of its
// own. Sums are made by the server, and no oftener than a tenth of the time they take: in between the answer
// is the one before. Tables that are not there yet are an empty history.
#pragma once

#include <memory>
#include <string>

#include "data/history.h"
#include "sink/postgres_settings.h"

namespace churnstream {

// `value_column` is the customer's column of money per month; empty where there is none. A statement other
// than the summary's that takes longer than `patience` is given up by the server: trouble.
std::unique_ptr<History> open_postgres_history(PostgresSettings settings, std::string value_column,
                                               std::chrono::milliseconds patience = kQuestionPatience);

}  // namespace churnstream
