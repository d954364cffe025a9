#include "sink/snowflake_outcome.h"

#include <fmt/format.h>

#include "base/json_text.h"
#include "sink/snowflake_rows.h"

namespace churnstream {

WriteOutcome snowflake_outcome(const SnowflakeSettings& settings, const SnowflakeError& error) {
  switch (error.trouble) {
    case SnowflakeTrouble::passing:
      if (error.wait.count() > 0) return TryAgain{error.wait, error.message};
      return TryAgain{.reason = error.message};
    case SnowflakeTrouble::unknown: return Unknown{error.message};
    case SnowflakeTrouble::row:
    case SnowflakeTrouble::taken:
    case SnowflakeTrouble::broken: break;
  }
  return Broken{
      failed("writing to the store", settings.database + "." + settings.schema, error.message).value()};
}

Error snowflake_made_anew(const SnowflakeSettings& settings, const std::string& topic) {
  return failed(
             "writing to the store", settings.database + "." + settings.schema,
             fmt::format("the topic {} was made anew, and its offsets are those of other rows in the store",
                         topic),
             settings.mode == SnowflakeSettings::Mode::merge
                 ? "use another schema, or delete the old topic's rows from CHURN_EVENTS, CHURN_SCORES and "
                   "CHURN_POSITIONS"
                 : "use another schema, or delete the old topic's rows from CHURN_EVENTS and CHURN_FORGOTTEN "
                   "and drop its channels, as docs/guides/snowflake.md says")
      .value();
}

void append_snowflake_tombstone(std::string& out, const Partition& partition, const Tombstone& tombstone) {
  out += out.ends_with('[') ? "{\"CUSTOMER_ID\":" : ",{\"CUSTOMER_ID\":";
  append_json_text(out, tombstone.key);
  out += ",\"EVENT_TIME\":\"";
  append_snowflake_time(out, tombstone.time_us);
  out += "\",\"SOURCE_TOPIC\":";
  append_json_text(out, partition.topic);
  fmt::format_to(std::back_inserter(out), ",\"SOURCE_PARTITION\":{},\"SOURCE_OFFSET\":{}}}", partition.number,
                 number_of(tombstone.offset));
}

}  // namespace churnstream
