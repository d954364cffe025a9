#include "sink/snowflake_retention.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/log.h"
#include "sink/snowflake_catalog.h"
#include "sink/snowflake_rows.h"

namespace churnstream {
namespace {

SnowflakeResult<void> remove_old(SnowflakeStatements& statements, const SnowflakeSettings& settings,
                                 const std::string& table, EpochMicros before_us) {
  std::string time;
  append_snowflake_time(time, before_us);
  const auto removed = statements.run(fmt::format("DELETE FROM {} WHERE EVENT_TIME < TO_TIMESTAMP_NTZ(?)",
                                                  snowflake_table(settings, upper_ascii(table))),
                                      {time});
  if (!removed) return tl::make_unexpected(removed.error());
  return {};
}

}  // namespace

void SnowflakeRetention::keep_up(SnowflakeStatements& statements, const SnowflakeSettings& settings) {
  const auto now = std::chrono::steady_clock::now();
  if (settings.retention.empty() || now < due_) return;
  due_ = now + kRetentionEvery;
  for (const auto& [table, age] : settings.retention) {
    const EpochMicros before_us = too_old_before(system_clock().now_us(), age);
    auto removed = remove_old(statements, settings, table, before_us);
    // A tombstone goes behind the events that it hides: all of them are older.
    const bool has_tombstones = settings.mode == SnowflakeSettings::Mode::streaming;
    if (removed && has_tombstones) removed = remove_old(statements, settings, "churn_forgotten", before_us);
    if (!removed)
      log_warn(fmt::format("taking old rows out of {} in {}.{}: {}; tried again in an hour", table,
                           settings.database, settings.schema, removed.error().message));
  }
}

}  // namespace churnstream
