// Rows of one schema on their way through the house, column by column. Filled by a decoder, read by everyone
// after it. Buffers are reused from batch to batch: clear() keeps the memory. One thread at a time.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "data/position.h"
#include "data/schema.h"

namespace churnstream {

// One column. Text lies in one run of bytes; numbers are doubles. A missing cell is empty text or NaN, and
// is_missing.
class Column {
 public:
  explicit Column(ColumnType type = ColumnType::text) : type_(type) {}

  ColumnType type() const { return type_; }
  std::size_t size() const { return missing_.size(); }
  bool is_missing(std::size_t row) const { return missing_[row] != 0; }

  // Needs: type() == text. The view lives until the next clear() or add.
  std::string_view text(std::size_t row) const {
    return std::string_view(bytes_).substr(begins_[row], begins_[row + 1] - begins_[row]);
  }
  // Needs: type() == number.
  double number(std::size_t row) const { return numbers_[row]; }
  const std::vector<double>& numbers() const { return numbers_; }

  void add_text(std::string_view value) {
    bytes_.append(value);
    begins_.push_back(static_cast<std::uint32_t>(bytes_.size()));
    missing_.push_back(0);
  }
  void add_number(double value) {
    numbers_.push_back(value);
    missing_.push_back(0);
  }
  void add_missing();
  // Takes the last cell back: a decoder that finds a row bad half-way removes what it had added.
  void remove_last();
  void clear();

 private:
  ColumnType type_;
  std::string bytes_;
  std::vector<std::uint32_t> begins_{0};
  std::vector<double> numbers_;
  std::vector<std::uint8_t> missing_;
};

// The address of each row: one partition, offsets ascending but with gaps where records were skipped or
// refused.
struct Extent {
  Partition partition;
  std::vector<Offset> offsets;
  std::vector<EpochMicros> event_times_us;
  Offset next{};  // the first offset behind the batch, behind skipped and refused records too
};

class RecordBatch {
 public:
  RecordBatch() = default;
  explicit RecordBatch(std::shared_ptr<const Schema> schema);

  const Schema& schema() const { return *schema_; }
  const std::shared_ptr<const Schema>& shared_schema() const { return schema_; }
  std::size_t num_rows() const { return extent_.offsets.size(); }
  const Column& column(std::size_t index) const { return columns_[index]; }
  Column& column(std::size_t index) { return columns_[index]; }
  const Extent& extent() const { return extent_; }
  Extent& extent() { return extent_; }

  // Drops the rows, keeps schema and memory.
  void clear();

  // Adds all rows of a batch of the same schema.
  void append(const RecordBatch& more);

  // The rows of this batch at these indices, in that order (a shuffle, a slice, a fold). Needs: every index <
  // num_rows().
  RecordBatch take(const std::vector<std::size_t>& rows) const;

 private:
  std::shared_ptr<const Schema> schema_ = std::make_shared<const Schema>();
  std::vector<Column> columns_;
  Extent extent_;
};

}  // namespace churnstream
