#include "command/parquet_rows.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/csv_text.h"
#include "base/sql_text.h"
#include "table/duckdb_table.h"

namespace churnstream {
namespace {

constexpr std::size_t kRowsAtOnce = 16'384;

class ParquetRows : public ProducedRows {
 public:
  explicit ParquetRows(ProducedRowsSettings settings) : settings_(std::move(settings)) {}

  Result<void> start() {
    if (settings_.path == "-")
      return wrong("reading", "standard input", "a Parquet file has to be a file, its end is read first");
    CHURNSTREAM_TRY_ASSIGN(tables_, Tables::open());
    const std::string file = "read_parquet(" + sql_text(settings_.path) + ", file_row_number = true)";
    const auto described = tables_->read(
        "SELECT column_name FROM (DESCRIBE SELECT * EXCLUDE file_row_number FROM " + file + ")");
    if (!described) return wrong("reading", settings_.path, described.error().message);
    std::string cells;
    for (const std::string& name : (*described)["column_name"].texts) {
      if (name == settings_.key || (settings_.key.empty() && name == kUsualKey)) key_column_ = names_.size();
      cells += fmt::format("{}{}::VARCHAR AS {}", names_.empty() ? "" : ", ", sql_name(name), sql_name(name));
      names_.push_back(name);
    }
    for (const std::string* wanted : {&settings_.key, &settings_.drop})
      if (!wanted->empty() && std::find(names_.begin(), names_.end(), *wanted) == names_.end())
        return wrong("reading", settings_.path, "it has no column \"" + *wanted + "\"");
    select_ = "SELECT " + cells + " FROM " + file + " WHERE file_row_number >= ";
    is_header_due_ = settings_.send_header;
    return {};
  }

  Result<bool> next() override {
    value_.clear();
    is_header_ = std::exchange(is_header_due_, false);
    if (is_header_) {
      for (std::size_t column = 0; column < names_.size(); ++column) add_cell(column, names_[column]);
      return true;
    }
    if (++row_ >= stretch_.num_rows()) {
      CHURNSTREAM_TRY_ASSIGN(stretch_, tables_->read(select_ + fmt::format("{0} AND file_row_number < {1}",
                                                                           begin_, begin_ + kRowsAtOnce)));
      begin_ += kRowsAtOnce;
      row_ = 0;
      if (stretch_.num_rows() == 0) return false;
    }
    for (std::size_t column = 0; column < names_.size(); ++column)
      add_cell(column, stretch_.columns[column].texts[row_]);
    return true;
  }

  std::optional<std::string_view> key() const override {
    if (key_column_ == kNone || is_header_) return std::nullopt;
    return stretch_.columns[key_column_].texts[row_];
  }
  std::string_view value() const override { return value_; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  static constexpr const char* kUsualKey = "customerID";

  void add_cell(std::size_t column, std::string_view text) {
    if (names_[column] == settings_.drop && !settings_.drop.empty()) return;
    const bool is_first = column == 0 || (column == 1 && names_[0] == settings_.drop);
    if (!is_first) value_ += ',';
    append_csv_text(value_, text);
  }

  const ProducedRowsSettings settings_;
  std::unique_ptr<Tables> tables_;
  std::vector<std::string> names_;
  std::string select_, value_;
  Table stretch_;
  std::size_t row_ = 0, begin_ = 0, key_column_ = kNone;
  bool is_header_due_ = false, is_header_ = false;
};

}  // namespace

Result<std::unique_ptr<ProducedRows>> open_parquet_rows(const ProducedRowsSettings& settings) {
  auto rows = std::make_unique<ParquetRows>(settings);
  CHURNSTREAM_TRY(rows->start());
  return rows;
}

}  // namespace churnstream
