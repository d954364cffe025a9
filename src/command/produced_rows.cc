#include "command/produced_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <cstring>
#include <nlohmann/json.hpp>

#include "base/csv_text.h"
#include "command/parquet_rows.h"
#include "decode/csv_fields.h"
#include "source/record_framing.h"

namespace churnstream {
namespace {

constexpr std::size_t kPieceBytes = 256 << 10;
constexpr std::size_t kRowsAtOnce = 4'096;
constexpr const char* kUsualKey = "customerID";

// Bytes of a file or of standard input, piece by piece.
class Pieces {
 public:
  static Result<Pieces> open(const std::string& path) {
    std::FILE* file = path == "-" ? stdin : std::fopen(path.c_str(), "rb");
    if (file == nullptr) return wrong("reading", path, std::strerror(errno));
    return Pieces(path, file);
  }
  // Empty at the end.
  Result<std::string_view> next() {
    const std::size_t length = std::fread(buffer_.data(), 1, buffer_.size(), file_.get());
    if (length == 0 && std::ferror(file_.get()) != 0) return failed("reading", path_, std::strerror(errno));
    return std::string_view(buffer_.data(), length);
  }

 private:
  struct Close {
    void operator()(std::FILE* file) const {
      if (file != stdin) std::fclose(file);
    }
  };
  Pieces(std::string path, std::FILE* file)
      : path_(std::move(path)), file_(file), buffer_(kPieceBytes, '\0') {}
  std::string path_;
  std::unique_ptr<std::FILE, Close> file_;
  std::string buffer_;
};

class CsvRows : public ProducedRows {
 public:
  CsvRows(ProducedRowsSettings settings, Pieces pieces)
      : settings_(std::move(settings)), pieces_(std::move(pieces)) {}

  // The header line tells the columns, and is a row itself only when asked for.
  Result<void> start() {
    CHURNSTREAM_TRY_ASSIGN(const bool any, next_record());
    if (!any) return wrong("reading", settings_.path, "it is empty");
    CHURNSTREAM_TRY(cut());
    const auto place_of = [&](const std::string& name) {
      return static_cast<std::size_t>(std::find(fields_.all().begin(), fields_.all().end(), name) -
                                      fields_.all().begin());
    };
    if (!settings_.key.empty() && place_of(settings_.key) == fields_.size())
      return wrong("reading", settings_.path, "the header line has no column \"" + settings_.key + "\"");
    key_column_ = place_of(settings_.key.empty() ? kUsualKey : settings_.key);
    if (!settings_.drop.empty()) drop_column_ = place_of(settings_.drop);
    if (drop_column_ == fields_.size())
      return wrong("reading", settings_.path, "the header line has no column \"" + settings_.drop + "\"");
    has_key_ = key_column_ < fields_.size();
    num_columns_ = fields_.size();
    is_held_back_ = settings_.send_header;
    return {};
  }

  Result<bool> next() override {
    if (std::exchange(is_held_back_, false)) {
      is_header_ = true;
    } else {
      is_header_ = false;
      do {
        CHURNSTREAM_TRY_ASSIGN(const bool any, next_record());
        if (!any) return false;
      } while (record_.empty());
    }
    if (has_key_ || drop_column_ != kNone) {
      CHURNSTREAM_TRY(cut());
      if (fields_.size() != num_columns_)
        return wrong("reading", fmt::format("{}, record {}", settings_.path, number_),
                     fmt::format("it has {} fields, and the header line {}", fields_.size(), num_columns_));
    }
    if (drop_column_ != kNone) leave_out();
    return true;
  }

  std::optional<std::string_view> key() const override {
    return has_key_ && !is_header_ ? std::optional(fields_[key_column_]) : std::nullopt;
  }
  std::string_view value() const override {
    return drop_column_ == kNone ? record_ : std::string_view(rest_);
  }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);

  Result<bool> next_record() {
    while (taken_ == batch_.records.size()) {
      framing_.take(kRowsAtOnce, ended_, batch_);
      taken_ = 0;
      if (!batch_.records.empty()) break;
      if (ended_) return false;
      CHURNSTREAM_TRY_ASSIGN(const std::string_view piece, pieces_.next());
      framing_.add(piece);
      ended_ = piece.empty();
    }
    const RawRecord& record = batch_.records[taken_++];
    ++number_;
    record_ = record.bytes;
    if (record.flaw != RecordFlaw::none)
      return wrong("reading", fmt::format("{}, record {}", settings_.path, number_),
                   record.flaw == RecordFlaw::too_long ? "it is longer than a record may be"
                                                       : "the file ends inside quotes");
    return true;
  }

  Result<void> cut() {
    if (const char* problem = fields_.split(record_))
      return wrong("reading", fmt::format("{}, record {}", settings_.path, number_), problem);
    return {};
  }

  void leave_out() {
    rest_.clear();
    for (std::size_t field = 0; field < fields_.size(); ++field) {
      if (field == drop_column_) continue;
      if (!rest_.empty() || field > (drop_column_ == 0 ? 1u : 0u)) rest_ += ',';
      append_csv_text(rest_, fields_[field]);
    }
  }

  const ProducedRowsSettings settings_;
  Pieces pieces_;
  RecordFraming framing_;
  RawBatch batch_;
  CsvFields fields_;
  std::string_view record_;
  std::string rest_;
  std::size_t taken_ = 0, number_ = 0, key_column_ = 0, drop_column_ = kNone, num_columns_ = 0;
  bool has_key_ = false, is_held_back_ = false, is_header_ = false, ended_ = false;
};

// Line after line, whatever they hold; with their ends where the original sent them so.
class LineRows : public ProducedRows {
 public:
  LineRows(ProducedRowsSettings settings, Pieces pieces)
      : settings_(std::move(settings)), pieces_(std::move(pieces)) {}

  Result<bool> next() override {
    do {
      CHURNSTREAM_TRY_ASSIGN(const bool any, next_line());
      if (!any) return false;
    } while (line_.empty());
    ++number_;
    key_.reset();
    return settings_.as_original ? Result<bool>(true) : read_key();
  }

  std::optional<std::string_view> key() const override {
    return key_ ? std::optional<std::string_view>(*key_) : std::nullopt;
  }
  std::string_view value() const override { return line_; }

 private:
  Result<bool> next_line() {
    std::size_t end = text_.find('\n', begin_);
    while (end == std::string::npos && !ended_) {
      text_.erase(0, std::exchange(begin_, 0));
      const std::size_t searched = text_.size();
      CHURNSTREAM_TRY_ASSIGN(const std::string_view piece, pieces_.next());
      text_ += piece;
      ended_ = piece.empty();
      end = text_.find('\n', searched);
    }
    if (end == std::string::npos && begin_ == text_.size()) return false;
    const std::size_t behind = end == std::string::npos ? text_.size() : end + 1;
    line_ = std::string_view(text_).substr(begin_, behind - begin_);
    begin_ = behind;
    if (settings_.as_original) return true;
    while (!line_.empty() && (line_.back() == '\n' || line_.back() == '\r')) line_.remove_suffix(1);
    return true;
  }

  Result<bool> read_key() {
    const auto json = nlohmann::json::parse(line_, nullptr, false);
    if (!json.is_object())
      return wrong("reading", fmt::format("{}, line {}", settings_.path, number_), "this is no JSON object");
    const auto field = json.find(settings_.key.empty() ? kUsualKey : settings_.key);
    if (field != json.end()) {
      key_ = field->is_string() ? field->get<std::string>() : field->dump();
    } else if (!settings_.key.empty()) {
      return wrong("reading", fmt::format("{}, line {}", settings_.path, number_),
                   "there is no field \"" + settings_.key + "\"");
    }
    return true;
  }

  const ProducedRowsSettings settings_;
  Pieces pieces_;
  std::string text_;
  std::size_t begin_ = 0, number_ = 0;
  bool ended_ = false;
  std::string_view line_;
  std::optional<std::string> key_;
};

}  // namespace

Result<std::unique_ptr<ProducedRows>> ProducedRows::open(const ProducedRowsSettings& settings) {
  if (settings.format == "parquet" || (settings.format.empty() && settings.path.ends_with(".parquet")))
    return open_parquet_rows(settings);
  CHURNSTREAM_TRY_ASSIGN(Pieces pieces, Pieces::open(settings.path));
  const bool is_jsonl = settings.format.empty()
                            ? settings.path.ends_with(".jsonl") || settings.path.ends_with(".ndjson")
                            : settings.format == "jsonl";
  if (settings.as_original || is_jsonl) return std::make_unique<LineRows>(settings, std::move(pieces));
  auto rows = std::make_unique<CsvRows>(settings, std::move(pieces));
  CHURNSTREAM_TRY(rows->start());
  return rows;
}

}  // namespace churnstream
