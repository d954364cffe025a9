#include "decode/csv_decoder.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>

#include "base/log.h"
#include "decode/csv_fields.h"
#include "decode/csv_layout.h"
#include "decode/record_decoder.h"
#include "decode/record_text.h"

namespace churnstream {
namespace {

// Whether every record of the batch is valid UTF-8, found in one pass over all of them. False may also mean
// that they have to be looked at one by one.
bool all_valid_utf8(const RawBatch& raw) {
  const char* const begin = raw.storage->data();
  const char* const end = begin + raw.storage->size();
  for (const RawRecord& record : raw.records) {
    const char* const behind = record.bytes.data() + record.bytes.size();
    if (record.bytes.data() < begin || behind > end) return false;
    // A character cut in two is whole again in the storage.
    if (behind < end && continues_character(*behind)) return false;
    if (!record.bytes.empty() && continues_character(record.bytes.front())) return false;
  }
  return simdjson::validate_utf8(begin, static_cast<std::size_t>(end - begin));
}

class CsvDecoder : public RecordDecoder {
 public:
  CsvDecoder(CsvSettings settings, CsvLayout configured, CsvLayout without_label)
      : RecordDecoder(settings.columns),
        settings_(std::move(settings)),
        configured_(std::move(configured)),
        without_label_(std::move(without_label)),
        numbers_(settings_.columns.size()) {
    for (const Field& field : settings_.columns.fields()) note_name(field.name);
    for (const std::string& name : settings_.order) note_name(name);
    if (!settings_.label.empty()) note_name(settings_.label);
  }

 private:
  // What is known of one partition.
  struct Stream {
    CsvLayout layout;
    bool has_header;  // the layout comes from a header line of this stream
  };

  void begin(const RawBatch& raw) override {
    stream_ = &streams_.try_emplace(raw.partition, Stream{configured_, false}).first->second;
    if (!raw.first_record.empty() && !stream_->has_header) learn_first(raw.first_record, *stream_);
    all_valid_ = all_valid_utf8(raw);
  }

  Ending decode_record(const RawRecord& record, const RawBatch&, RecordBatch& rows) override {
    const bool is_first = record.offset == Offset{0};
    const std::string_view line = line_of(record.bytes, is_first);
    if (const char* reason = flaw_reason(record.flaw)) return refused(reason);
    if (is_blank(line)) return Ending::blank;
    if (!all_valid_ && !simdjson::validate_utf8(line.data(), line.size()))
      return refused(std::string(kNotUtf8));
    if (const char* problem = fields_.split(line)) return refused(problem);
    if (is_header(is_first, *stream_)) return take_header(is_first, *stream_);
    const bool has_no_label =
        !stream_->has_header && without_label_.num_fields > 0 && fields_.size() == without_label_.num_fields;
    return take_row(record, has_no_label ? without_label_ : stream_->layout, rows);
  }

  // The first record without a known order is always one. Later on only what begins with a name is looked at.
  bool is_header(bool is_first, const Stream& stream) const {
    if (is_first && configured_.num_fields == 0) return true;
    const std::string_view first = fields_[0];
    if (!is_first && (first.empty() || !begins_name_[static_cast<unsigned char>(first.front())]))
      return false;
    return looks_like_header(fields_.all(), settings_) ||
           (!is_first && stream.has_header && layout_of(fields_.all(), settings_).problem.empty());
  }

  // A stream keeps the order of its first header line: a row cannot say which order it was written in.
  Ending take_header(bool is_first, Stream& stream) {
    CsvLayout layout = layout_of(fields_.all(), settings_);
    if (!is_first && stream.layout.num_fields > 0 && stream.layout.problem.empty()) {
      if (layout.reads_as(stream.layout)) return Ending::header;
      if (!layout.problem.empty()) return refused(layout.problem);
      return refused("a header line with another order of columns than the stream's");
    }
    learn(std::move(layout), stream);
    return stream.layout.problem.empty() ? Ending::header : refused(stream.layout.problem);
  }

  // A file resumed in its middle: its first line may say what the columns are.
  void learn_first(std::string_view first_record, Stream& stream) {
    const std::string_view line = line_of(first_record, true);
    if (!simdjson::validate_utf8(line.data(), line.size()) || fields_.split(line) != nullptr) return;
    if (is_header(true, stream)) learn(layout_of(fields_.all(), settings_), stream);
  }

  void learn(CsvLayout layout, Stream& stream) {
    stream.layout = std::move(layout);
    stream.has_header = true;
    for (const std::string_view name : fields_.all()) note_name(name);
    if (stream.layout.unused.empty() || warned_ || !settings_.tells_unused) return;
    warned_ = true;
    log_warn(
        fmt::format("These columns of the stream are not used: {}.", fmt::join(stream.layout.unused, ", ")));
  }

  // Everything is checked before the first cell is added, so that a bad row leaves nothing behind.
  Ending take_row(const RawRecord& record, const CsvLayout& layout, RecordBatch& rows) {
    if (!layout.problem.empty()) return refused(layout.problem);
    if (layout.num_fields == 0) return refused("no header line has named its columns");
    if (fields_.size() != layout.num_fields)
      return refused(fmt::format("it has {} fields and not {}", fields_.size(), layout.num_fields));
    if (layout.key != CsvLayout::kNone) {
      key_ = fields_[layout.key];
      if (is_blank(key_)) return refused(no_key_reason(settings_.key));
    }
    for (std::size_t i = 0; i < layout.numbers.size(); ++i) {
      const auto number = number_in(fields_[layout.numbers[i].field]);
      if (!number)
        return refused(no_number_reason(settings_.columns[layout.numbers[i].column].name,
                                        shown(fields_[layout.numbers[i].field])));
      numbers_[i] = *number;
    }
    EpochMicros event_time_us = record.time_us;
    if (layout.event_time != CsvLayout::kNone) {
      const auto time = parse_rfc3339(trimmed(fields_[layout.event_time]));
      if (!time) return refused(no_time_reason(settings_.event_time, shown(fields_[layout.event_time])));
      event_time_us = *time;
    }
    add_row(layout, rows);
    return row_added(record, event_time_us, rows);
  }

  void add_row(const CsvLayout& layout, RecordBatch& rows) {
    for (const CsvLayout::Cell& cell : layout.texts) {
      const std::string_view text = fields_[cell.field];
      if (text.empty() && !fields_.is_quoted(cell.field))
        rows.column(cell.column).add_missing();
      else
        rows.column(cell.column).add_text(text);
    }
    for (std::size_t i = 0; i < layout.numbers.size(); ++i)
      add_number(rows.column(layout.numbers[i].column), numbers_[i]);
    if (settings_.label.empty()) return;
    labels_.emplace_back(layout.label == CsvLayout::kNone ? std::string_view() : fields_[layout.label]);
  }

  void note_name(std::string_view name) {
    if (!name.empty()) begins_name_[static_cast<unsigned char>(name.front())] = true;
  }

  const CsvSettings settings_;
  const CsvLayout configured_;     // of settings_.order; without fields where that is empty
  const CsvLayout without_label_;  // the same for records that have no label; empty where that makes no sense
  std::map<Partition, Stream> streams_;
  Stream* stream_ = nullptr;             // of the batch under way
  bool all_valid_ = false;               // all of its records are valid UTF-8
  std::array<bool, 256> begins_name_{};  // first bytes of all known names: header lines are rare
  bool warned_ = false;
  CsvFields fields_;
  std::vector<double> numbers_;  // of the row under way, by place in layout.numbers
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_csv_decoder(CsvSettings settings) {
  constexpr std::string_view kDoing = "preparing to read CSV";
  CHURNSTREAM_TRY(check_columns(kDoing, settings.columns, settings.key, settings.label));
  CsvLayout configured;
  if (!settings.order.empty()) {
    configured = layout_of({settings.order.begin(), settings.order.end()}, settings);
    if (!configured.problem.empty())
      return wrong(kDoing, "the configured columns as a header line", configured.problem);
  }
  CsvLayout without_label;
  if (configured.label != CsvLayout::kNone) {
    std::vector<std::string_view> names(settings.order.begin(), settings.order.end());
    names.erase(names.begin() + static_cast<std::ptrdiff_t>(configured.label));
    without_label = layout_of(names, settings);
  }
  return std::make_unique<CsvDecoder>(std::move(settings), std::move(configured), std::move(without_label));
}

Result<Schema> guess_schema(const RawBatch& first_records, std::string_view key, std::string_view label,
                            const std::vector<std::string>& order) {
  constexpr std::string_view kDoing = "guessing the columns";
  CsvFields fields;
  std::vector<std::string> names = order;
  std::size_t first_row = 0;
  if (names.empty()) {
    if (first_records.records.empty()) return wrong(kDoing, "", "there is no header line");
    if (const char* problem = fields.split(line_of(first_records.records[0].bytes, true)))
      return wrong(kDoing, "of the header line", problem);
    names.assign(fields.all().begin(), fields.all().end());
    first_row = 1;
  }
  std::vector<bool> has_number(names.size()), has_text(names.size());
  for (std::size_t row = first_row; row < first_records.records.size(); ++row) {
    const RawRecord& record = first_records.records[row];
    if (record.flaw != RecordFlaw::none || fields.split(line_of(record.bytes, row == 0)) != nullptr) continue;
    if (fields.size() != names.size() || std::equal(names.begin(), names.end(), fields.all().begin()))
      continue;
    for (std::size_t field = 0; field < names.size(); ++field) {
      const auto number = number_in(fields[field]);
      if (!number) has_text[field] = true;
      if (number && *number == *number) has_number[field] = true;
    }
  }
  std::vector<Field> columns;
  for (std::size_t field = 0; field < names.size(); ++field) {
    if (names[field] == label && !label.empty()) continue;
    const bool is_number = has_number[field] && !has_text[field] && names[field] != key;
    columns.push_back({names[field], is_number ? ColumnType::number : ColumnType::text});
  }
  CHURNSTREAM_TRY_ASSIGN(Schema schema, Schema::make(std::move(columns)));
  if (!key.empty() && !schema.find(key))
    return wrong(kDoing, "", "there is no column \"" + std::string(key) + "\" for the key");
  return schema;
}

Options csv_decoder_options() {
  Options options("decode.csv", "Rows as comma-separated values, with or without a header line.");
  options.text("key", "The column with the customer's id; left out: as kept with the model.");
  options.text("label", "The column with the outcome, taken off before anything else sees the row.");
  options.texts("columns",
                "The columns of a record in their order, for a stream without a header line; left out: "
                "as kept with the model.");
  options.text("event_time",
               "The column with the time of the event (RFC 3339); left out: the record's own time.");
  return options;
}

}  // namespace churnstream
