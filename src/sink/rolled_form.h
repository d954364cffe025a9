// The forms closed files come in, and how DuckDB writes and reads each. Plain values; any thread.
#pragma once

#include <string>

#include "table/duckdb_table.h"

namespace churnstream {

enum class RolledFormat { parquet, csv, jsonl };

struct ClosedForm {
  RolledFormat format = RolledFormat::parquet;
  std::string compression = "zstd";  // none, gzip, zstd; for Parquet snappy too

  // That of a closed file, by its name; a Parquet file is written anew with zstd.
  static ClosedForm of(const Path& file);
  std::string ending() const;  // ".parquet", ".csv.zst"
  FileForm copy_form() const;
};

// What to SELECT from, for Parquet and CSV: every value as it is written there, CSV's as text, and the
// folder's name, day=..., is no column.
std::string rows_of_closed_file(const Path& file);

}  // namespace churnstream
