// Cells as Cassandra's native protocol carries them: a length (-1 null, -2 unset), then the bytes, numbers
// big-endian. Rows lie one behind the other. Times are milliseconds: Cassandra's timestamp knows no less.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/record_batch.h"
#include "sink/scored_record.h"

namespace churnstream {

// Rounded down, before 1970 too.
std::int64_t cassandra_millis(EpochMicros us);

// What CQL calls a kind of column.
const char* cassandra_type(RecordKind kind);

class CassandraCells {
 public:
  // Empty again; keeps the memory.
  void clear();
  void text(std::string_view value) { bytes(value); }
  void bigint(std::int64_t value);
  void integer(std::int32_t value);
  void null() { length(-1); }
  // As if the column were not named: what stands there stays, and no tombstone is made.
  void unset() { length(-2); }
  // `missing_is_unset`: what an empty cell becomes, else null.
  void cell(const RecordCell& cell, bool missing_is_unset);
  void end_row() { ends_.push_back(bytes_.size()); }

  const std::string& all_bytes() const { return bytes_; }
  const std::vector<std::size_t>& row_ends() const { return ends_; }

 private:
  void length(std::int32_t size);
  void bytes(std::string_view value);
  std::string bytes_;
  std::vector<std::size_t> ends_;
};

// A cell of an answer; null: nothing. The getters need: the bytes are of that type, which the caller asked
// for by name; of others they give zero or nothing.
class CassandraCell {
 public:
  CassandraCell() = default;
  explicit CassandraCell(std::string bytes) : bytes_(std::move(bytes)) {}
  bool is_null() const { return !bytes_; }
  std::string_view text() const { return bytes_ ? std::string_view(*bytes_) : std::string_view(); }
  std::int64_t integer() const;  // int, bigint, timestamp
  double number() const;
  bool flag() const { return bytes_ && *bytes_ == std::string_view("\1", 1); }

 private:
  std::optional<std::string> bytes_;
};
using CassandraRows = std::vector<std::vector<CassandraCell>>;

}  // namespace churnstream
