#include "data/record_batch.h"

#include <limits>

namespace churnstream {

void Column::add_missing() {
  if (type_ == ColumnType::text)
    begins_.push_back(static_cast<std::uint32_t>(bytes_.size()));
  else
    numbers_.push_back(std::numeric_limits<double>::quiet_NaN());
  missing_.push_back(1);
}

void Column::remove_last() {
  missing_.pop_back();
  if (type_ == ColumnType::number) return numbers_.pop_back();
  begins_.pop_back();
  bytes_.resize(begins_.back());
}

void Column::clear() {
  bytes_.clear();
  begins_.assign(1, 0);
  numbers_.clear();
  missing_.clear();
}

RecordBatch::RecordBatch(std::shared_ptr<const Schema> schema) : schema_(std::move(schema)) {
  columns_.reserve(schema_->size());
  for (const Field& field : schema_->fields()) columns_.emplace_back(field.type);
}

void RecordBatch::clear() {
  for (Column& column : columns_) column.clear();
  extent_.offsets.clear();
  extent_.event_times_us.clear();
}

namespace {

void add_cell(const Column& from, std::size_t row, Column& to) {
  if (from.is_missing(row))
    to.add_missing();
  else if (from.type() == ColumnType::text)
    to.add_text(from.text(row));
  else
    to.add_number(from.number(row));
}

}  // namespace

void RecordBatch::append(const RecordBatch& more) {
  const Extent& extent = more.extent();
  extent_.partition = extent.partition;
  extent_.next = extent.next;
  extent_.offsets.insert(extent_.offsets.end(), extent.offsets.begin(), extent.offsets.end());
  extent_.event_times_us.insert(extent_.event_times_us.end(), extent.event_times_us.begin(),
                                extent.event_times_us.end());
  for (std::size_t index = 0; index < columns_.size(); ++index)
    for (std::size_t row = 0; row < more.num_rows(); ++row)
      add_cell(more.columns_[index], row, columns_[index]);
}

RecordBatch RecordBatch::take(const std::vector<std::size_t>& rows) const {
  RecordBatch taken(schema_);
  taken.extent_.partition = extent_.partition;
  taken.extent_.next = extent_.next;
  for (const std::size_t row : rows) {
    taken.extent_.offsets.push_back(extent_.offsets[row]);
    taken.extent_.event_times_us.push_back(extent_.event_times_us[row]);
  }
  for (std::size_t index = 0; index < columns_.size(); ++index)
    for (const std::size_t row : rows) add_cell(columns_[index], row, taken.columns_[index]);
  return taken;
}

}  // namespace churnstream
