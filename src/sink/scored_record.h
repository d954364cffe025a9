// A scored record as the outside sees it: names, order and text in one place, for every sink
// (docs/formats/scored-record.md). First our own columns, then the customer's without the label. The key
// column is not repeated: it is customer_id. Made once per sink, then still; safe from many threads.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "data/scored_batch.h"

namespace churnstream {

enum class RecordKind {
  text,
  number,   // a double; null for NaN and infinities
  flag,     // true or false
  integer,  // 64 bits
  time,     // microseconds since 1970 in stores, RFC 3339 in text
};

struct RecordColumn {
  std::string name;
  RecordKind kind = RecordKind::text;
};

// One cell. Views live as long as the batch.
struct RecordTime {
  EpochMicros us = 0;
};
using RecordCell = std::variant<std::monostate, std::string_view, double, bool, std::int64_t, RecordTime>;

// The names of our own columns, in order.
const std::vector<RecordColumn>& own_record_columns();
// Needs: there is a column of ours of this name.
RecordKind own_record_kind(std::string_view name);
// Of a customer's column.
RecordKind record_kind(ColumnType type);

// Appends a cell as JSON; null for nothing. `append_time` writes what stands between a time's quotes.
void append_json_cell(std::string& out, const RecordCell& cell,
                      void (*append_time)(std::string& out, EpochMicros time_us));

class ScoredRecord {
 public:
  // Wrong when a customer's column has one of our names, or two have the same, whatever the case: stores and
  // readers would mix them up.
  static Result<ScoredRecord> make(const Schema& customer, const ScoreTerms& terms);
  // These columns alone, in this order; wrong when there is none of a name.
  Result<ScoredRecord> only(const std::vector<std::string>& names) const;

  const std::vector<RecordColumn>& columns() const { return columns_; }
  // Needs: batch has the schema and terms given to make().
  RecordCell cell(const ScoredBatch& batch, std::size_t row, std::size_t column) const;

  // One JSON object, without a line end; names in order.
  void append_json(std::string& out, const ScoredBatch& batch, std::size_t row) const;
  // One CSV line by RFC 4180, with its line feed; null is an empty field.
  void append_csv(std::string& out, const ScoredBatch& batch, std::size_t row) const;
  void append_csv_header(std::string& out) const;

 private:
  std::vector<RecordColumn> columns_;
  std::vector<std::string> json_names_;        // quoted, with the colon behind
  std::vector<std::size_t> places_;            // of each column in the whole record
  std::vector<std::size_t> customer_columns_;  // in the batch, of the whole record's columns behind our own
};

}  // namespace churnstream
