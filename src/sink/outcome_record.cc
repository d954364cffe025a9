#include "sink/outcome_record.h"

namespace churnstream {
namespace {

constexpr const char* kAsked = "outcomes";

}  // namespace

const std::vector<RecordColumn>& outcome_columns() {
  static const std::vector<RecordColumn> kColumns = {
      {"customer_id", RecordKind::text},         {"has_left", RecordKind::flag},
      {"event_time", RecordKind::time},          {"source_topic", RecordKind::text},
      {"source_partition", RecordKind::integer}, {"source_offset", RecordKind::integer}};
  return kColumns;
}

RecordCell outcome_cell(const ScoredBatch& batch, std::size_t row, std::size_t column) {
  const Extent& extent = batch.rows.extent();
  switch (column) {
    case 0: return batch.key(row);
    case 1: return *batch.has_left(row);
    case 2: return RecordTime{extent.event_times_us[row]};
    case 3: return std::string_view(extent.partition.topic);
    case 4: return std::int64_t{extent.partition.number};
    default: return number_of(extent.offsets[row]);
  }
}

void ask_for_outcomes(Config& config) { config.set(kAsked, true); }

bool keeps_outcomes(const Config& config) { return config.has(kAsked) && config.flag(kAsked); }

std::vector<std::string> with_outcomes_table(std::vector<std::string> tables, bool are_kept) {
  if (are_kept) tables.emplace_back(kOutcomesTable);
  return tables;
}

}  // namespace churnstream
