// What both modes of the Snowflake sink open alike: the login, a way for statements, the tables and the view,
// the text of rows. Owned by the sink's thread.
#pragma once

#include <memory>

#include "sink/sink.h"
#include "sink/snowflake_retention.h"
#include "sink/snowflake_rows.h"
#include "sink/snowflake_statements.h"

namespace churnstream {

struct SnowflakeStore {
  // Makes the tables and the view, or compares them. Wrong: they differ, or Snowflake does not take us.
  // Trouble: it may, later. Needs: `settings` outlives it.
  static Result<std::unique_ptr<SnowflakeStore>> open(const SnowflakeSettings& settings,
                                                      const Assignment& assignment);
  SnowflakeStore(const SnowflakeSettings& settings, ScoredRecord layout, SnowflakeLogin who)
      : record(std::move(layout)), rows(record), login(std::move(who)), statements(settings, login) {}
  SnowflakeStore(const SnowflakeStore&) = delete;  // its parts know where the others are

  const ScoredRecord record;
  const SnowflakeRowText rows;
  SnowflakeLogin login;
  SnowflakeStatements statements;
  SnowflakeRetention retention;
};

}  // namespace churnstream
