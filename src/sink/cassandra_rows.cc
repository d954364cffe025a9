#include "sink/cassandra_rows.h"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <limits>

#include "base/sql_text.h"
#include "sink/cassandra_schema.h"

namespace churnstream {

std::int64_t cassandra_write_time(EpochMicros event_time_us, Offset offset) {
  constexpr std::int64_t kLeast = std::numeric_limits<std::int64_t>::min() + 1;
  constexpr std::int64_t kMillisLeast = kLeast / 1'000, kMost = std::numeric_limits<std::int64_t>::max();
  const std::int64_t millis = std::max(cassandra_millis(event_time_us), kMillisLeast) * 1'000;
  const std::int64_t within = number_of(offset) % 1'000;
  return millis > kMost - within ? kMost : millis + within;
}

std::int32_t cassandra_month(EpochMicros event_time_us) {
  const std::chrono::microseconds since(event_time_us);
  const std::chrono::sys_time<std::chrono::days> day(std::chrono::floor<std::chrono::days>(since));
  const std::int64_t days = day.time_since_epoch().count();
  // Civil date of a day number, as in H. Hinnant's paper: std::chrono's year ends at 32767.
  const std::int64_t shifted = days + 719'468, era = (shifted >= 0 ? shifted : shifted - 146'096) / 146'097;
  const std::int64_t of_era = shifted - era * 146'097;
  const std::int64_t year_of_era = (of_era - of_era / 1'460 + of_era / 36'524 - of_era / 146'096) / 365;
  const std::int64_t of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  const std::int64_t from_march = (5 * of_year + 2) / 153,
                     month = from_march < 10 ? from_march + 3 : from_march - 9;
  const std::int64_t year = year_of_era + era * 400 + (month <= 2 ? 1 : 0);
  return static_cast<std::int32_t>(year * 100 + month);
}

std::string CassandraStatements::insert(const char* table, const char* more_columns) const {
  std::string names, marks;
  for (const RecordColumn& column : record_.columns()) {
    names += (names.empty() ? "" : ", ") + sql_name(column.name);
    marks += marks.empty() ? "?" : ", ?";
  }
  if (*more_columns != '\0') names += std::string(", ") + more_columns, marks += ", ?";
  const auto retention = settings_.retention.find(table);
  return fmt::format(
      "INSERT INTO {} ({}) VALUES ({}) USING TIMESTAMP ?{}", cassandra_table(settings_, table), names, marks,
      retention == settings_.retention.end() ? "" : fmt::format(" AND TTL {}", retention->second.count()));
}

std::string CassandraStatements::insert_event() const { return insert("churn_events", kCassandraMonth); }

void CassandraStatements::event_cells(CassandraCells& cells, const ScoredBatch& batch, std::size_t row,
                                      std::int64_t write_time, Missing missing) const {
  const Extent& extent = batch.rows.extent();
  for (std::size_t column = 0; column < record_.columns().size(); ++column)
    cells.cell(record_.cell(batch, row, column), missing == Missing::is_left);
  cells.integer(cassandra_month(extent.event_times_us[row]));
  cells.bigint(write_time);
  cells.end_row();
}

std::string CassandraStatements::insert_score() const { return insert("churn_scores", ""); }

// What the newest event does not have is null: an unset cell would leave an older event's value beside it.
void CassandraStatements::score_cells(CassandraCells& cells, const ScoredBatch& batch, std::size_t row,
                                      std::int64_t write_time) const {
  for (std::size_t column = 0; column < record_.columns().size(); ++column)
    cells.cell(record_.cell(batch, row, column), settings_.leaves_missing);
  cells.bigint(write_time);
  cells.end_row();
}

std::string CassandraStatements::forget() const {
  return fmt::format("DELETE FROM {} USING TIMESTAMP ? WHERE customer_id = ?",
                     cassandra_table(settings_, "churn_scores"));
}

void CassandraStatements::forget_cells(CassandraCells& cells, const ScoredBatch& batch,
                                       std::size_t tombstone) const {
  const Tombstone& gone = batch.tombstones[tombstone];
  cells.bigint(cassandra_write_time(gone.time_us, gone.offset));
  cells.text(gone.key);
  cells.end_row();
}

std::string CassandraStatements::take_back_event() const {
  return fmt::format(
      "DELETE FROM {} USING TIMESTAMP ? WHERE customer_id = ? AND {} = ? AND event_time = ? AND source_topic "
      "= ?"
      " AND source_partition = ? AND source_offset = ?",
      cassandra_table(settings_, "churn_events"), kCassandraMonth);
}

void CassandraStatements::take_back_cells(CassandraCells& cells, const ScoredBatch& batch, std::size_t row,
                                          std::int64_t write_time) const {
  const Extent& extent = batch.rows.extent();
  cells.bigint(write_time);
  cells.text(batch.key(row));
  cells.integer(cassandra_month(extent.event_times_us[row]));
  cells.bigint(cassandra_millis(extent.event_times_us[row]));
  cells.text(extent.partition.topic);
  cells.bigint(extent.partition.number);
  cells.bigint(number_of(extent.offsets[row]));
  cells.end_row();
}

}  // namespace churnstream
