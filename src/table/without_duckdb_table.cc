#include "table/duckdb_table.h"

namespace churnstream {

Result<std::unique_ptr<Tables>> Tables::open(std::size_t) {
  return wrong("opening Parquet files", {}, "this churnstream was built without DuckDB",
               "build another preset than lean");
}

}  // namespace churnstream
