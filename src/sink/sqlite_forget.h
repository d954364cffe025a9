// Erases a customer from a SQLite store, also while a stream writes it: rows that come later are stored
// again.
#pragma once

#include "base/file.h"
#include "sink/erasure.h"

namespace churnstream {

// All or nothing. What was erased is overwritten in the file, not only unlinked. A store that is not there
// has nobody in it.
Result<Erasure> forget_in_sqlite(const Path& path, const ErasureWishes& wishes);

}  // namespace churnstream
