// Erases a customer from the tables of a PostgreSQL store, also while streams write them: rows that come
// later are stored again.
#pragma once

#include "sink/erasure.h"
#include "sink/postgres_settings.h"

namespace churnstream {

// All or nothing, in one transaction. Tables that are not there have nobody in them.
Result<Erasure> forget_in_postgres(PostgresSettings settings, const ErasureWishes& wishes);

}  // namespace churnstream
