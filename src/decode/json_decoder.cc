#include "decode/json_decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <limits>

#include "base/log.h"
#include "base/numbers.h"
#include "config/source_lines.h"
#include "decode/json_layout.h"
#include "decode/json_record.h"
#include "decode/record_decoder.h"
#include "decode/record_text.h"

namespace churnstream {
namespace {

using Kind = JsonCell::Kind;
using Node = JsonFields::Node;

constexpr std::string_view kBlanks = " \t\r\n";

bool is_container(const JsonCell& cell) { return cell.kind == Kind::object || cell.kind == Kind::array; }
bool is_missing(const JsonCell& cell) { return cell.kind == Kind::absent || cell.kind == Kind::null; }

// A value as a reason shows it.
std::string cell_shown(const JsonCell& cell) {
  switch (cell.kind) {
    case Kind::text: return shown(cell.text);
    case Kind::number:
    case Kind::boolean: return shown_bare(cell.text);
    case Kind::object: return "an object";
    case Kind::array: return "an array";
    case Kind::absent:
    case Kind::null: break;
  }
  return "null";
}

bool is_whole(std::string_view token) { return token.find_first_of(".eE") == std::string_view::npos; }

// Whole milliseconds since 1970; nothing where they do not fit into microseconds.
std::optional<EpochMicros> time_of_millis(std::string_view token) {
  constexpr std::int64_t kMillisMax = std::numeric_limits<EpochMicros>::max() / 1'000;
  std::int64_t millis = 0;
  const auto [end, problem] = std::from_chars(token.data(), token.data() + token.size(), millis);
  if (problem != std::errc() || end != token.data() + token.size()) return std::nullopt;
  if (millis > kMillisMax || millis < -kMillisMax) return std::nullopt;
  return millis * 1'000;
}

std::optional<EpochMicros> time_in(const JsonCell& cell) {
  if (cell.kind == Kind::text) return parse_rfc3339(trimmed(cell.text));
  if (cell.kind == Kind::number) return time_of_millis(cell.text);
  return std::nullopt;
}

// NaN where it is missing; nothing where it is no number.
std::optional<double> number_of(const JsonCell& cell) {
  if (is_missing(cell)) return std::numeric_limits<double>::quiet_NaN();
  if (cell.kind == Kind::number) return parse_double(cell.text);
  return cell.kind == Kind::text ? number_in(cell.text) : std::nullopt;
}

class JsonDecoder : public RecordDecoder {
 public:
  JsonDecoder(JsonSettings settings, JsonLayout layout)
      : RecordDecoder(settings.columns),
        settings_(std::move(settings)),
        layout_(std::move(layout)),
        record_(layout_.fields),
        numbers_(layout_.numbers.size()) {
    record_.note_unused(layout_.root);
  }

 private:
  Ending decode_record(const RawRecord& record, const RawBatch& raw, RecordBatch& rows) override {
    if (const char* reason = flaw_reason(record.flaw)) return refused(reason);
    // Each message of a broker has a beginning of its own.
    const std::string_view line = line_of(record.bytes, true);
    if (line.find_first_not_of(kBlanks) == std::string_view::npos) return Ending::blank;
    if (std::string problem = record_.read(line, readable_end(line, *raw.storage)); !problem.empty())
      return refused(std::move(problem));
    warn_once();
    if (is_delete()) return Ending::deleted;
    return take_row(record, rows);
  }

  // A record that lies in the batch's storage may be read where it is: what follows it is ours too.
  static const char* readable_end(std::string_view line, const std::string& storage) {
    const std::less_equal<const char*> is_before;
    const char* const end = storage.data() + storage.size();
    const bool is_inside =
        is_before(storage.data(), line.data()) && is_before(line.data() + line.size(), end);
    return is_inside ? end : line.data() + line.size();
  }

  void warn_once() {
    const std::vector<std::string> unused = record_.take_unused();
    if (unused.empty()) return;
    log_warn(fmt::format("These fields of the stream are not used: {}.",
                         printable(fmt::format("{}", fmt::join(unused, ", ")))));
  }

  // With an envelope: it says so, or there is nothing where the row should be.
  bool is_delete() const {
    if (layout_.root == JsonFields::kTop) return false;
    if (layout_.operation != JsonFields::kNone) {
      const JsonCell operation = record_[layout_.operation];
      if (operation.kind == Kind::text && operation.text == "d") return true;
    }
    for (Node node = layout_.root; node != JsonFields::kTop; node = layout_.fields.parent(node))
      if (record_[node].kind == Kind::null) return true;
    return false;
  }

  // Everything is checked before the first cell is added, so that a bad row leaves nothing behind.
  Ending take_row(const RawRecord& record, RecordBatch& rows) {
    if (!settings_.key.empty() && !take_key()) return Ending::refused;
    if (!check_objects() || !check_cells()) return Ending::refused;
    for (std::size_t i = 0; i < layout_.numbers.size(); ++i) {
      const JsonCell cell = record_[layout_.numbers[i].node];
      const auto number = number_of(cell);
      if (!number) return refused(no_number_reason(name_of(layout_.numbers[i]), cell_shown(cell)));
      numbers_[i] = *number;
    }
    EpochMicros event_time_us = record.time_us;
    if (layout_.event_time != JsonFields::kNone) {
      const JsonCell cell = record_[layout_.event_time];
      const auto time = time_in(cell);
      if (!time) return refused(no_time_reason(settings_.event_time, cell_shown(cell)));
      event_time_us = *time;
    }
    add_row(rows);
    return row_added(record, event_time_us, rows);
  }

  bool take_key() {
    const JsonCell cell = record_[layout_.key];
    const bool is_integer = cell.kind == Kind::number && is_whole(cell.text);
    if (cell.kind == Kind::text || is_integer) key_ = cell.text;
    if (is_missing(cell) || (cell.kind == Kind::text && is_blank(key_))) {
      // The row may not be there at all: that is the better reason.
      if (check_objects()) reason_ = no_key_reason(settings_.key);
      return false;
    }
    if (cell.kind == Kind::text || is_integer) return true;
    reason_ = fmt::format("column \"{}\" is no key: {}", settings_.key, cell_shown(cell));
    return false;
  }

  // What lies on the way to a column is an object or not there; the row itself has to be there.
  bool check_objects() {
    for (const Node node : layout_.objects) {
      const JsonCell cell = record_[node];
      const bool may_be_missing = node != layout_.root;
      if (cell.kind == Kind::object || (may_be_missing && is_missing(cell))) continue;
      reason_ = cell.kind == Kind::absent ? fmt::format("it has no field \"{}\"", layout_.fields.name(node))
                                          : fmt::format("field \"{}\" is no object: {}",
                                                        layout_.fields.name(node), cell_shown(cell));
      return false;
    }
    return true;
  }

  bool check_cells() {
    for (const JsonLayout::Cell& text : layout_.texts) {
      const JsonCell cell = record_[text.node];
      if (!is_container(cell)) continue;
      reason_ = fmt::format("column \"{}\" holds {}", name_of(text), cell_shown(cell));
      return false;
    }
    if (layout_.label == JsonFields::kNone || !is_container(record_[layout_.label])) return true;
    reason_ = fmt::format("column \"{}\" holds {}", settings_.label, cell_shown(record_[layout_.label]));
    return false;
  }

  void add_row(RecordBatch& rows) {
    for (const JsonLayout::Cell& text : layout_.texts) {
      const JsonCell cell = record_[text.node];
      if (is_missing(cell))
        rows.column(text.column).add_missing();
      else
        rows.column(text.column).add_text(cell.text);
    }
    for (std::size_t i = 0; i < layout_.numbers.size(); ++i)
      add_number(rows.column(layout_.numbers[i].column), numbers_[i]);
    if (settings_.label.empty()) return;
    const JsonCell label = record_[layout_.label];
    labels_.emplace_back(is_missing(label) ? std::string_view() : label.text);
  }

  const std::string& name_of(const JsonLayout::Cell& cell) const {
    return settings_.columns[cell.column].name;
  }

  const JsonSettings settings_;
  const JsonLayout layout_;
  JsonRecord record_;
  std::vector<double> numbers_;  // of the row under way, by place in layout_.numbers
};

}  // namespace

Result<std::unique_ptr<Decoder>> make_json_decoder(JsonSettings settings) {
  constexpr std::string_view kDoing = "preparing to read JSON";
  CHURNSTREAM_TRY(check_columns(kDoing, settings.columns, settings.key, settings.label));
  CHURNSTREAM_TRY_ASSIGN(JsonLayout layout, json_layout_of(settings));
  return std::make_unique<JsonDecoder>(std::move(settings), std::move(layout));
}

Options json_decoder_options() {
  Options options("decode.json", "Rows as JSON, one object per record, flat or inside an envelope.");
  options.text("key", "The column with the customer's id; left out: as kept with the model.");
  options.text("label", "The column with the outcome, taken off before anything else sees the row.");
  options.texts("columns", "The customer's columns, in any order; left out: as kept with the model.");
  options.text(
      "event_time",
      "The column with the time of the event (RFC 3339, or whole milliseconds since 1970); left out: "
      "the record's own time.");
  options.text("root",
               "Where in a record the row lies, such as \"payload.after\" in Debezium's envelope; left out: "
               "the record is the row.");
  options.text_table(
      "paths",
      "Columns that lie elsewhere than under their own name, such as "
      "{ TotalCharges = \"charges.total\" }; from the top of the record with \"$.\" before it.");
  return options;
}

}  // namespace churnstream
