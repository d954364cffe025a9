// The rows of a Parquet file as records to be sent: each a CSV line, the columns in the file's order. Read in
// stretches; one thread.
#pragma once

#include "command/produced_rows.h"

namespace churnstream {

Result<std::unique_ptr<ProducedRows>> open_parquet_rows(const ProducedRowsSettings& settings);

}  // namespace churnstream
