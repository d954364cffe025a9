// What a look at a SQLite store finds. Opens it for reading; changes nothing.
#pragma once

#include "base/file.h"
#include "data/finding.h"
#include "sink/sink.h"

namespace churnstream {

Findings look_at_sqlite(const Path& path, const Assignment& wanted);

}  // namespace churnstream
