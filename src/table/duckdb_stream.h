// How DuckDB draws rows from a RowStream: a table function without arguments. Used by duckdb_table.cc alone.
#pragma once

#include "table/duckdb_table.h"

struct _duckdb_connection;  // DuckDB's own name for what a connection points to

namespace churnstream {

// Needs: rows outlives the connection.
Result<void> declare_stream(_duckdb_connection* connection, const std::string& name,
                            const std::vector<std::pair<std::string, StreamedType>>& columns,
                            RowStream& rows);

}  // namespace churnstream
