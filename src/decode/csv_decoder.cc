#include "decode/csv_decoder.h"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <array>
#include <limits>

#include "base/log.h"
#include "base/numbers.h"
#include "decode/csv_fields.h"
#include "decode/csv_layout.h"

namespace churnstream {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";
constexpr std::string_view kBlanks = " \t";

bool is_blank(std::string_view text) { return text.find_first_not_of(kBlanks) == std::string_view::npos; }

std::string_view trimmed(std::string_view text) {
  const std::size_t begin = text.find_first_not_of(kBlanks);
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(kBlanks) - begin + 1);
}

// NaN for a blank; nothing where the text is no number.
std::optional<double> number_in(std::string_view text) {
  if (const auto value = parse_double(text)) return value;
  const std::string_view inside = trimmed(text);
  if (inside.empty()) return std::numeric_limits<double>::quiet_NaN();
  return inside.size() == text.size() ? std::nullopt : parse_double(inside);
}

// A record's bytes as a line: without the byte order mark of a file, and without a line end that a message
// broker left on it.
std::string_view line_of(std::string_view bytes, bool is_first) {
  if (is_first && bytes.starts_with(kByteOrderMark)) bytes.remove_prefix(kByteOrderMark.size());
  if (bytes.ends_with('\n')) bytes.remove_suffix(1);
  if (bytes.ends_with('\r')) bytes.remove_suffix(1);
  return bytes;
}

bool continues_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

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

class CsvDecoder : public Decoder {
 public:
  CsvDecoder(CsvSettings settings, CsvLayout configured, CsvLayout without_label)
      : settings_(std::move(settings)),
        schema_(std::make_shared<const Schema>(settings_.columns)),
        configured_(std::move(configured)),
        without_label_(std::move(without_label)),
        numbers_(settings_.columns.size()) {
    for (const Field& field : settings_.columns.fields()) note_name(field.name);
    for (const std::string& name : settings_.order) note_name(name);
    if (!settings_.label.empty()) note_name(settings_.label);
  }

  const std::shared_ptr<const Schema>& schema() const override { return schema_; }
  const std::vector<std::string>& labels() const override { return labels_; }

  void decode(const RawBatch& raw, RecordBatch& rows, std::vector<RefusedRow>& refused,
              SkipCounts& skipped) override {
    if (rows.shared_schema() != schema_) rows = RecordBatch(schema_);
    rows.clear();
    refused.clear();
    labels_.clear();
    rows.extent().partition = raw.partition;
    rows.extent().next = raw.next;
    if (raw.records.empty()) return;
    Stream& stream = streams_.try_emplace(raw.partition, Stream{configured_, false}).first->second;
    if (!raw.first_record.empty() && !stream.has_header) learn_first(raw.first_record, stream);
    const bool all_valid = all_valid_utf8(raw);
    for (const RawRecord& record : raw.records) {
      reason_.clear();
      if (record.is_tombstone) {
        ++skipped["tombstone"];
        continue;
      }
      switch (decode_record(record, all_valid, stream, rows)) {
        case Ending::row: break;
        case Ending::refused: refuse(record, raw.partition, refused); break;
        case Ending::header: ++skipped["header"]; break;
        case Ending::blank: ++skipped["blank"]; break;
      }
    }
  }

 private:
  enum class Ending { row, refused, header, blank };

  // What is known of one partition.
  struct Stream {
    CsvLayout layout;
    bool has_header;  // the layout comes from a header line of this stream
  };

  Ending refused(std::string reason) {
    reason_ = std::move(reason);
    return Ending::refused;
  }

  Ending decode_record(const RawRecord& record, bool all_valid, Stream& stream, RecordBatch& rows) {
    key_ = {};
    const bool is_first = record.offset == Offset{0};
    const std::string_view line = line_of(record.bytes, is_first);
    if (record.flaw == RecordFlaw::too_long) return refused("it is longer than a record may be");
    if (record.flaw == RecordFlaw::unclosed_quote)
      return refused("a quote is still open at the end of the file");
    if (is_blank(line)) return Ending::blank;
    if (!all_valid && !simdjson::validate_utf8(line.data(), line.size()))
      return refused("it is not valid UTF-8");
    if (const char* problem = fields_.split(line)) return refused(problem);
    if (is_header(is_first, stream)) return take_header(is_first, stream);
    const bool has_no_label =
        !stream.has_header && without_label_.num_fields > 0 && fields_.size() == without_label_.num_fields;
    return take_row(record, has_no_label ? without_label_ : stream.layout, rows);
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
    if (stream.layout.unused.empty() || warned_) return;
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
      if (is_blank(key_)) return refused("it has no key: column \"" + settings_.key + "\" is blank");
    }
    for (std::size_t i = 0; i < layout.numbers.size(); ++i) {
      const auto number = number_in(fields_[layout.numbers[i].field]);
      if (!number)
        return refused("column \"" + settings_.columns[layout.numbers[i].column].name +
                       "\" is no number: " + shown(fields_[layout.numbers[i].field]));
      numbers_[i] = *number;
    }
    EpochMicros event_time_us = record.time_us;
    if (layout.event_time != CsvLayout::kNone) {
      const auto time = parse_rfc3339(trimmed(fields_[layout.event_time]));
      if (!time)
        return refused("column \"" + settings_.event_time +
                       "\" is no time: " + shown(fields_[layout.event_time]));
      event_time_us = *time;
    }
    add_row(layout, rows);
    rows.extent().offsets.push_back(record.offset);
    rows.extent().event_times_us.push_back(event_time_us);
    return Ending::row;
  }

  void add_row(const CsvLayout& layout, RecordBatch& rows) {
    for (const CsvLayout::Cell& cell : layout.texts) {
      const std::string_view text = fields_[cell.field];
      if (text.empty() && !fields_.is_quoted(cell.field))
        rows.column(cell.column).add_missing();
      else
        rows.column(cell.column).add_text(text);
    }
    for (std::size_t i = 0; i < layout.numbers.size(); ++i) {
      Column& column = rows.column(layout.numbers[i].column);
      if (numbers_[i] != numbers_[i])
        column.add_missing();
      else
        column.add_number(numbers_[i]);
    }
    if (settings_.label.empty()) return;
    labels_.emplace_back(layout.label == CsvLayout::kNone ? std::string_view() : fields_[layout.label]);
  }

  // The beginning of a value from outside, in quotes, for a reason.
  static std::string shown(std::string_view value) {
    constexpr std::size_t kBytesShown = 40;
    if (value.size() <= kBytesShown) return fmt::format("\"{}\"", value);
    std::size_t end = kBytesShown;
    while (end > 0 && continues_character(value[end])) --end;
    return fmt::format("\"{}...\"", value.substr(0, end));
  }

  void refuse(const RawRecord& record, const Partition& partition, std::vector<RefusedRow>& refused) {
    refused.push_back({"decode", std::move(reason_), std::string(record.bytes), std::string(key_), partition,
                       record.offset, record.time_us});
  }

  void note_name(std::string_view name) {
    if (!name.empty()) begins_name_[static_cast<unsigned char>(name.front())] = true;
  }

  const CsvSettings settings_;
  const std::shared_ptr<const Schema> schema_;
  const CsvLayout configured_;     // of settings_.order; without fields where that is empty
  const CsvLayout without_label_;  // the same for records that have no label; empty where that makes no sense
  std::map<Partition, Stream> streams_;
  std::array<bool, 256> begins_name_{};  // first bytes of all known names: header lines are rare
  bool warned_ = false;
  CsvFields fields_;
  std::vector<double> numbers_;  // of the row under way, by place in layout.numbers
  std::vector<std::string> labels_;
  std::string reason_;
  std::string_view key_;  // of the row under way
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_csv_decoder(CsvSettings settings) {
  constexpr std::string_view kDoing = "preparing to read CSV";
  if (settings.columns.size() == 0) return wrong(kDoing, "", "there are no columns to read");
  if (!settings.key.empty()) {
    const auto key = settings.columns.find(settings.key);
    if (!key) return wrong(kDoing, "", "the key \"" + settings.key + "\" is none of the columns");
    if (settings.columns[*key].type != ColumnType::text)
      return wrong(kDoing, "", "the key \"" + settings.key + "\" must be text");
  }
  if (!settings.label.empty() && settings.columns.find(settings.label))
    return wrong(kDoing, "", "the label \"" + settings.label + "\" cannot be one of the columns");
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
