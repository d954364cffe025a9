#include "sink/retention.h"

#include <algorithm>

#include "config/duration.h"

namespace churnstream {
namespace {

constexpr std::chrono::hours kLeast{1};  // what is looked at once an hour has no finer end

}  // namespace

void declare_retention(Options& options, const std::string& example) {
  options
      .text_table("retention",
                  "How old, by event_time, rows may get before they are taken out, looked at once an hour: " +
                      example + ". Left out: as old as they like.")
      .fallback(std::map<std::string, std::string>());
}

Result<Retention> retention_of(const Config& config, const std::vector<std::string>& tables) {
  Retention retention;
  for (const auto& [table, text] : config.text_table("retention")) {
    if (std::find(tables.begin(), tables.end(), table) == tables.end())
      return wrong(config.where("retention"), table, "this sink writes no table of this name",
                   "retention = { churn_events = \"90d\" }");
    const auto age = parse_duration(text);
    if (!age || *age < kLeast)
      return wrong(config.where("retention"), table, "this is not a time of an hour or more",
                   "\"12h\", \"90d\"");
    retention[table] = std::chrono::duration_cast<std::chrono::seconds>(*age);
  }
  return retention;
}

EpochMicros too_old_before(EpochMicros now_us, std::chrono::seconds age) {
  return now_us - std::chrono::duration_cast<std::chrono::microseconds>(age).count();
}

}  // namespace churnstream
