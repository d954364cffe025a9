// The question of data/history.h about true outcomes, as SQL that SQLite and PostgreSQL both understand.
#include <fmt/format.h>

#include <limits>

#include "sink/sql_history.h"

namespace churnstream {
namespace {

// Of each customer the newest outcome that counts by now.
std::string newest_outcomes(const SqlPlace& place, EpochMicros until_us) {
  return fmt::format(
      "SELECT has_left, event_time, source_topic, source_partition, source_offset,"
      " row_number() OVER (PARTITION BY customer_id ORDER BY event_time DESC, source_topic{} DESC,"
      " source_partition DESC, source_offset DESC) AS place FROM {} WHERE {} <= {}",
      place.bytewise, place.outcomes, fmt::format(fmt::runtime(place.micros), "event_time"), until_us);
}

// What each of them was given then: the score of the event at the same place. Where a store keeps no events
// that is known of customers who have not come again.
std::string judged(const SqlPlace& place, EpochMicros until_us) {
  return fmt::format(
      "SELECT newest.has_left AS has_left, scored.probability AS p, scored.value AS value,"
      " floor(scored.probability * {0}) AS bin FROM ({1}) AS newest JOIN"
      " (SELECT event_time, source_topic, source_partition, source_offset, probability, {2} AS value FROM "
      "{3})"
      " AS scored ON scored.source_topic = newest.source_topic"
      " AND scored.source_partition = newest.source_partition"
      " AND scored.source_offset = newest.source_offset AND scored.event_time = newest.event_time"
      " WHERE newest.place = 1 AND scored.probability IS NOT NULL",
      kOutcomeBins, newest_outcomes(place, until_us), place.value,
      place.events.empty() ? place.scores : place.events);
}

}  // namespace

Result<OutcomeSpread> ask_outcomes(SqlReader& reader, const SqlPlace& place, EpochMicros until_us) {
  OutcomeSpread spread;
  if (place.outcomes.empty()) return spread;
  // The product may be rounded across an edge (0.29 x 100 is less than 29): the edges decide.
  const std::string sql = fmt::format(
      "SELECT has_left, CASE WHEN p >= {1} / {0}.0 THEN {1} WHEN p >= (bin + 1) / {0}.0 THEN bin + 1"
      " WHEN p < bin / {0}.0 THEN bin - 1 ELSE bin END, count(*), sum(value) FROM ({2}) AS judged GROUP BY "
      "1, 2",
      kOutcomeBins, kOutcomeBins - 1, judged(place, until_us));
  CHURNSTREAM_TRY(reader.each(sql, [&](const SqlRow& row) {
    auto& side = row.text(0) == "t" || row.text(0) == "1" ? spread.left : spread.stayed;
    side.at(static_cast<std::size_t>(row.number(1))) = {
        static_cast<std::uint64_t>(row.integer(2)),
        row.is_null(3) ? std::numeric_limits<double>::quiet_NaN() : row.number(3)};
  }));
  return spread;
}

}  // namespace churnstream
