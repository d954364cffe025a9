#include "sink/scored_record.h"

#include <algorithm>
#include <cmath>
#include <set>

#include "base/csv_text.h"
#include "base/json_text.h"
#include "base/numbers.h"

namespace churnstream {
namespace {

// The order of own_record_columns().
enum Own : std::size_t {
  customer_id,
  probability,
  prediction,
  flagged,
  risk_band,
  expected_loss,
  model,
  event_time,
  scored_at,
  source_topic,
  source_partition,
  source_offset,
  num_own
};

// ASCII only, as databases fold names.
std::string lower(std::string name) {
  for (char& letter : name)
    if (letter >= 'A' && letter <= 'Z') letter = static_cast<char>(letter - 'A' + 'a');
  return name;
}

RecordCell number_cell(double value) {
  if (!std::isfinite(value)) return std::monostate();
  return value;
}

void append_rfc3339(std::string& out, EpochMicros time_us) { out += rfc3339(time_us); }

struct AppendJson {
  std::string& out;
  void (*append_time)(std::string& out, EpochMicros time_us);
  void operator()(std::monostate) const { out += "null"; }
  void operator()(std::string_view text) const { append_json_text(out, text); }
  void operator()(double value) const { append_json_number(out, value); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { append_json_number(out, value); }
  void operator()(RecordTime time) const {
    out += '"';
    append_time(out, time.us);
    out += '"';
  }
};

struct AppendCsv {
  std::string& out;
  void operator()(std::monostate) const {}
  void operator()(std::string_view text) const { append_csv_text(out, text); }
  void operator()(double value) const { append_shortest(out, value); }
  void operator()(bool value) const { out += value ? "true" : "false"; }
  void operator()(std::int64_t value) const { append_json_number(out, value); }
  void operator()(RecordTime time) const { out += rfc3339(time.us); }
};

}  // namespace

const std::vector<RecordColumn>& own_record_columns() {
  static const std::vector<RecordColumn> kColumns = {
      {"customer_id", RecordKind::text},
      {"probability", RecordKind::number},
      {"prediction", RecordKind::text},
      {"flagged", RecordKind::flag},
      {"risk_band", RecordKind::text},
      {"expected_loss", RecordKind::number},
      {"model", RecordKind::text},
      {"event_time", RecordKind::time},
      {"scored_at", RecordKind::time},
      {"source_topic", RecordKind::text},
      {"source_partition", RecordKind::integer},
      {"source_offset", RecordKind::integer},
  };
  return kColumns;
}

RecordKind own_record_kind(std::string_view name) {
  const std::vector<RecordColumn>& ours = own_record_columns();
  const auto place =
      std::find_if(ours.begin(), ours.end(), [&](const RecordColumn& column) { return column.name == name; });
  insist(place != ours.end(), "a scored record has the columns its views show");
  return place->kind;
}

RecordKind record_kind(ColumnType type) {
  return type == ColumnType::number ? RecordKind::number : RecordKind::text;
}

void append_json_cell(std::string& out, const RecordCell& cell,
                      void (*append_time)(std::string& out, EpochMicros time_us)) {
  std::visit(AppendJson{out, append_time}, cell);
}

Result<ScoredRecord> ScoredRecord::make(const Schema& customer, const ScoreTerms& terms) {
  ScoredRecord record;
  record.columns_ = own_record_columns();
  std::set<std::string> taken;
  for (const RecordColumn& column : record.columns_) taken.insert(column.name);
  for (std::size_t column = 0; column < customer.size(); ++column) {
    if (column == terms.key_column) continue;
    const Field& field = customer[column];
    if (!taken.insert(lower(field.name)).second)
      return wrong("laying out the scored record, column", field.name,
                   "a scored record has another column of this name, capital letters aside",
                   "rename it in the data or choose [decode] columns without it");
    record.columns_.push_back({field.name, record_kind(field.type)});
    record.customer_columns_.push_back(column);
  }
  for (const RecordColumn& column : record.columns_) {
    std::string& name = record.json_names_.emplace_back();
    append_json_text(name, column.name);
    name += ':';
    record.places_.push_back(record.places_.size());
  }
  return record;
}

Result<ScoredRecord> ScoredRecord::only(const std::vector<std::string>& names) const {
  ScoredRecord chosen;
  chosen.customer_columns_ = customer_columns_;
  for (const std::string& name : names) {
    const auto place = std::find_if(columns_.begin(), columns_.end(),
                                    [&](const RecordColumn& column) { return column.name == name; });
    if (place == columns_.end()) return wrong("laying out the scored record", name, "it has no such column");
    const auto index = static_cast<std::size_t>(place - columns_.begin());
    chosen.columns_.push_back(*place);
    chosen.json_names_.push_back(json_names_[index]);
    chosen.places_.push_back(places_[index]);
  }
  return chosen;
}

RecordCell ScoredRecord::cell(const ScoredBatch& batch, std::size_t row, std::size_t column) const {
  const Extent& extent = batch.rows.extent();
  const std::size_t place = places_[column];
  switch (place) {
    case customer_id: return batch.key(row);
    case probability: return number_cell(batch.probability(row));
    case prediction: return std::string_view(batch.prediction(row));
    case flagged: return batch.flagged(row);
    case risk_band: return std::string_view(name_of(batch.band(row)));
    case expected_loss: return number_cell(batch.expected_loss[row]);
    case model: return std::string_view(batch.terms->model);
    case event_time: return RecordTime{extent.event_times_us[row]};
    case scored_at: return RecordTime{batch.scored_at_us};
    case source_topic: return std::string_view(extent.partition.topic);
    case source_partition: return std::int64_t{extent.partition.number};
    case source_offset: return number_of(extent.offsets[row]);
    default: break;
  }
  const Column& cells = batch.rows.column(customer_columns_[place - num_own]);
  if (cells.is_missing(row)) return std::monostate();
  if (cells.type() == ColumnType::number) return number_cell(cells.number(row));
  return cells.text(row);
}

void ScoredRecord::append_json(std::string& out, const ScoredBatch& batch, std::size_t row) const {
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    out += column == 0 ? '{' : ',';
    out += json_names_[column];
    append_json_cell(out, cell(batch, row, column), append_rfc3339);
  }
  out += '}';
}

void ScoredRecord::append_csv(std::string& out, const ScoredBatch& batch, std::size_t row) const {
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    if (column > 0) out += ',';
    std::visit(AppendCsv{out}, cell(batch, row, column));
  }
  out += '\n';
}

void ScoredRecord::append_csv_header(std::string& out) const {
  for (std::size_t column = 0; column < columns_.size(); ++column) {
    if (column > 0) out += ',';
    append_csv_text(out, columns_[column].name);
  }
  out += '\n';
}

}  // namespace churnstream
