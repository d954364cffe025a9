#include "sink/postgres_settings.h"

#include <libpq-fe.h>

#include <memory>
#include <set>

#include "sink/chosen_tables.h"
#include "sink/outcome_record.h"

namespace churnstream {
namespace {

struct FreeInfo {
  void operator()(PQconninfoOption* info) const { PQconninfoFree(info); }
};
using ConnectionInfo = std::unique_ptr<PQconninfoOption, FreeInfo>;

constexpr const char* kConnectSeconds = "10";  // per host; libpq's own default is for ever

// Settings that are given, of those libpq knows.
std::map<std::string, std::string> given(const ConnectionInfo& info) {
  std::map<std::string, std::string> values;
  for (const PQconninfoOption* one = info.get(); one != nullptr && one->keyword != nullptr; ++one)
    if (one->val != nullptr && *one->val != '\0') values[one->keyword] = one->val;
  return values;
}

std::set<std::string> known_names(const ConnectionInfo& info) {
  std::set<std::string> names;
  for (const PQconninfoOption* one = info.get(); one != nullptr && one->keyword != nullptr; ++one)
    names.insert(one->keyword);
  return names;
}

// libpq's own words about a dsn may repeat it, password and all.
Result<std::map<std::string, std::string>> parse_dsn(const Config& config) {
  if (!config.has("dsn")) return std::map<std::string, std::string>();
  char* words = nullptr;
  const ConnectionInfo info(PQconninfoParse(config.text("dsn").c_str(), &words));
  PQfreemem(words);
  if (!info)
    return wrong(config.where("dsn"), "dsn", "libpq does not understand it",
                 "postgresql://user@host:port/database, or host=... dbname=... user=...");
  return given(info);
}

Result<void> choose_tables(const Config& config, PostgresSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(const ChosenTables tables, chosen_tables(config));
  settings.has_scores = tables.has_scores;
  settings.has_events = tables.has_events;
  settings.customer_index = has_customer_index(config);
  settings.outcomes = keeps_outcomes(config);
  CHURNSTREAM_TRY_ASSIGN(settings.retention,
                         retention_of(config, with_outcomes_table(tables.names(), settings.outcomes)));
  return {};
}

}  // namespace

Options postgres_options() {
  Options options("sink.postgres", "Scores into PostgreSQL tables: exactly once, by any number of writers.");
  options.secret("dsn",
                 "Where to connect, as libpq's URI or key=value words; what the postgres section says counts "
                 "more. Left out: libpq's environment (PGHOST, PGPASSWORD, ...) and password file.");
  options.text("schema", "The schema of the tables; both are made where they are missing.")
      .fallback("public");
  declare_tables(options);
  declare_customer_index(options);
  options
      .text("view",
            "SCHEMA.NAME of a view of churn_scores in upper-case names, its CHURN the predicted class; \"\": "
            "none.")
      .fallback("CHURN.CHURN");
  options.text("new_columns", "What becomes of customers' columns that the tables do not have.")
      .one_of({"refuse", "add"})
      .fallback("refuse");
  options
      .flag("events_by_day",
            "churn_events is made with a partition per day of event_time (UTC), so that retention drops days "
            "instead of deleting rows.")
      .fallback(false);
  declare_retention(options, "{ churn_events = \"90d\", churn_scores = \"365d\" }");
  options
      .duration(
          "timeout",
          "How long the server may take for one statement, and leave a transaction of ours open, before "
          "the connection is made anew.")
      .between(0.1, 3'600)
      .fallback("30s");
  options.properties("postgres", "libpq's own settings, such as host = \"db\" or sslmode = \"verify-full\".");
  return options;
}

Result<PostgresSettings> postgres_settings_of(const Config& config) {
  PostgresSettings settings;
  settings.schema = config.text("schema");
  settings.adds_columns = config.text("new_columns") == "add";
  settings.timeout = std::chrono::duration_cast<std::chrono::milliseconds>(config.duration("timeout"));
  CHURNSTREAM_TRY(choose_tables(config, settings));
  CHURNSTREAM_TRY_ASSIGN(settings.view, chosen_view(config));
  settings.events_by_day = config.flag("events_by_day");
  if (!settings.has_scores) settings.view.clear();

  const ConnectionInfo defaults(PQconndefaults());
  const std::set<std::string> known = known_names(defaults);
  CHURNSTREAM_TRY_ASSIGN(settings.libpq, parse_dsn(config));
  for (const auto& [name, value] : config.passed_on()) {
    if (!known.contains(name))
      return wrong(config.where("schema"), name, "libpq knows no setting of this name",
                   "the names are those of its connection strings: host, port, dbname, user, sslmode, ...");
    settings.libpq[name] = value;
  }
  if (!settings.libpq.contains("connect_timeout") && !given(defaults).contains("connect_timeout"))
    settings.libpq["connect_timeout"] = kConnectSeconds;
  settings.libpq["fallback_application_name"] = "churnstream";
  settings.libpq["client_encoding"] = "UTF8";
  return settings;
}

}  // namespace churnstream
