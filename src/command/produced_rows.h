// The rows of a file as records to be sent: key and value of each, one after the other. Reads piece by piece;
// one thread.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace churnstream {

struct ProducedRowsSettings {
  std::string path;    // "-": standard input
  std::string format;  // "csv", "jsonl", "parquet", or empty: by the file's name
  std::string key;     // a column or field; empty: customerID where there is one
  std::string drop;    // a CSV column that is left out; empty: none
  bool send_header = false;
  bool as_original = false;  // header line first, lines with their ends, no key
};

class ProducedRows {
 public:
  // Wrong when the file cannot be read or has no such column.
  static Result<std::unique_ptr<ProducedRows>> open(const ProducedRowsSettings& settings);
  virtual ~ProducedRows() = default;

  // The next row; false at the end. Wrong, with its number, for a row that cannot be cut.
  virtual Result<bool> next() = 0;
  // Of the current row; they live until the next next().
  virtual std::optional<std::string_view> key() const = 0;
  virtual std::string_view value() const = 0;
};

}  // namespace churnstream
