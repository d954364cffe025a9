#include "sink/snowflake_look.h"

#include <fmt/format.h>

#include "sink/snowflake_channel.h"
#include "sink/snowflake_schema.h"

namespace churnstream {
namespace {

Result<void> who_we_are(SnowflakeStatements& statements, const SnowflakeSettings& settings, Findings& found) {
  const auto who =
      statements.run("SELECT CURRENT_USER(), CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_VERSION()");
  if (!who) return opening_snowflake_failed(settings, who.error());
  if (who->empty() || who->front().size() != 4)
    return failed("looking at Snowflake", settings.url, "it does not say who we are");
  const auto& cells = who->front();
  found.fine(fmt::format("Snowflake {} at {} knows us as {} with the role {}.", cells[3].value_or("?"),
                         settings.url, cells[0].value_or("?"), cells[1].value_or("none")));
  if (cells[2])
    found.fine(fmt::format("Statements run on the warehouse {}.", *cells[2]));
  else
    found.odd("There is no warehouse to run statements on.",
              "set warehouse = \"...\"; streaming needs it for tombstones and refused rows alone");
  return {};
}

Result<void> look_into(const SnowflakeSettings& settings, const Assignment& wanted, Findings& found) {
  CHURNSTREAM_TRY_ASSIGN(const ScoredRecord record, ScoredRecord::make(*wanted.columns, *wanted.terms));
  CHURNSTREAM_TRY_ASSIGN(SnowflakeLogin login, SnowflakeLogin::make(settings));
  SnowflakeStatements statements(settings, login);
  CHURNSTREAM_TRY(who_we_are(statements, settings, found));
  CHURNSTREAM_TRY_ASSIGN(const bool are_all_there,
                         check_snowflake_tables(statements, settings, SnowflakeRowText(record).columns()));
  const char* found_how = are_all_there ? "The tables of schema {} are there, as the rows need them."
                                        : "Schema {} misses tables of ours: they would be made.";
  found.fine(fmt::format(fmt::runtime(found_how), settings.schema));
  if (settings.mode == SnowflakeSettings::Mode::merge) return {};
  if (const auto connected = SnowflakeChannels(settings, login).connect(); !connected)
    return opening_snowflake_failed(settings, connected.error());
  found.fine("Snowpipe Streaming lets us in.");
  return {};
}

}  // namespace

Findings look_at_snowflake(const SnowflakeSettings& settings, const Assignment& wanted) {
  Findings found;
  if (const Result<void> looked = look_into(settings, wanted, found); !looked) found.bad(looked.error());
  return found;
}

}  // namespace churnstream
