#include "feature/frame.h"

#include <algorithm>

namespace churnstream {

void Frame::reset(const RecordBatch& rows) {
  source_ = &rows;
  num_rows_ = rows.num_rows();
  num_made_ = 0;
  num_marked_ = 0;
  states_.assign(num_rows_, RowState::good);
  reasons_.clear();
}

void Frame::reset(std::string column, std::span<const double> values, std::size_t width) {
  source_ = nullptr;
  num_rows_ = width == 0 ? 0 : values.size() / width;
  num_made_ = 0;
  num_marked_ = 0;
  states_.assign(num_rows_, RowState::good);
  reasons_.clear();
  Made* made = *make_column(std::move(column), width, true);
  std::copy(values.begin(), values.end(), made->values.begin());
}

const Column* Frame::source_column(std::string_view name) const {
  if (source_ == nullptr || made_column(name) != nullptr) return nullptr;
  const auto index = source_->schema().find(name);
  return index ? &source_->column(*index) : nullptr;
}

const Frame::Made* Frame::made_column(std::string_view name) const {
  for (std::size_t index = 0; index < num_made_; ++index)
    if (made_[index]->name == name) return made_[index].get();
  return nullptr;
}

Result<Frame::Made*> Frame::make_column(std::string name, std::size_t width, bool is_vector) {
  if (made_column(name) != nullptr || source_column(name) != nullptr)
    return wrong("making the column", name, "there is one of this name already");
  if (num_made_ == made_.size()) made_.push_back(std::make_unique<Made>());
  Made& made = *made_[num_made_++];
  made.name = std::move(name);
  made.width = width;
  made.is_vector = is_vector;
  made.values.assign(num_rows_ * width, 0.0);
  made.attributes.assign(keeps_attributes_ ? width : 0, Attribute{});
  return &made;
}

void Frame::drop(std::size_t row) {
  if (states_[row] != RowState::good) return;
  states_[row] = RowState::dropped;
  ++num_marked_;
}

void Frame::refuse(std::size_t row, std::string reason) {
  if (states_[row] != RowState::good) return;
  states_[row] = RowState::refused;
  ++num_marked_;
  reasons_.emplace(row, std::move(reason));
}

const std::string& Frame::reason(std::size_t row) const {
  static const std::string kNone;
  const auto found = reasons_.find(row);
  return found == reasons_.end() ? kNone : found->second;
}

}  // namespace churnstream
