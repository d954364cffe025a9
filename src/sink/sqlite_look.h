// What a look at a SQLite store finds. Opens it for reading; changes nothing.
#pragma once

#include "data/finding.h"
#include "sink/sink.h"
#include "sink/sqlite_schema.h"

namespace churnstream {

Findings look_at_sqlite(const SqliteSettings& settings, const Assignment& wanted);

}  // namespace churnstream
