#include "sink/outcome_record.h"

#include <fmt/format.h>

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

std::string insert_known_outcome(const std::string& table, const std::string& events,
                                 const KnownOutcomeCells& cells) {
  return fmt::format(
      "INSERT INTO {0} (customer_id, has_left, event_time, {1}) SELECT customer_id, {2}, event_time, {1} "
      "FROM {3}"
      " WHERE customer_id = {4} AND event_time <= {5} ORDER BY event_time DESC, source_topic DESC,"
      " source_partition DESC, source_offset DESC LIMIT 1"
      " ON CONFLICT ({1}) DO UPDATE SET has_left = excluded.has_left",
      table, kOutcomeKey, cells.has_left, events, cells.customer, cells.until);
}

tl::unexpected<Error> no_outcomes_table(const std::string& place) {
  return wrong("keeping outcomes in", place, "no run has made churn_outcomes there",
               "run the pipeline with its [outcomes] section first: an outcome lies beside a score");
}

void ask_for_outcomes(Config& config) { config.set(kAsked, true); }

bool keeps_outcomes(const Config& config) { return config.has(kAsked) && config.flag(kAsked); }

std::vector<std::string> with_outcomes_table(std::vector<std::string> tables, bool are_kept) {
  if (are_kept) tables.emplace_back(kOutcomesTable);
  return tables;
}

}  // namespace churnstream
