// What a look at a PostgreSQL store finds: the server, the connection, the tables, our rights, the clocks.
// Connects and reads; changes nothing.
#pragma once

#include "data/finding.h"
#include "sink/postgres_settings.h"
#include "sink/sink.h"

namespace churnstream {

Findings look_at_postgres(const PostgresSettings& settings, const Assignment& wanted);

}  // namespace churnstream
