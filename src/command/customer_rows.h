// The customers of a file or of standard input, decoded batch by batch the way a model wants them. Owned by
// one thread.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/record_batch.h"
#include "data/refused_row.h"
#include "decode/csv_decoder.h"
#include "source/source.h"

namespace churnstream {

class CustomerRows {
 public:
  // `input` is a path, or "-". `settings` say which columns come out; an order is kept for input without a
  // header line.
  static Result<CustomerRows> open(const std::string& input, CsvSettings settings);

  // The next batch; false at the end. Skipped records leave no trace.
  Result<bool> next();

  const RecordBatch& rows() const { return rows_; }
  const std::vector<std::string>& labels() const { return decoder_->labels(); }
  std::vector<RefusedRow>& refused() { return refused_; }
  std::size_t bytes_read() const { return bytes_read_; }

 private:
  std::unique_ptr<Source> source_;
  std::unique_ptr<Decoder> decoder_;
  RawBatch raw_;
  RecordBatch rows_;
  std::vector<RefusedRow> refused_;
  SkipCounts skipped_;
  std::size_t bytes_read_ = 0;
};

// The names in the first record of a CSV file, for a model that does not say which columns it wants. Wrong
// when the file is empty or its first record is none.
Result<std::vector<std::string>> header_names(const Path& path);

}  // namespace churnstream
