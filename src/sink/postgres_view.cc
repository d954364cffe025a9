#include "sink/postgres_view.h"

#include <fmt/format.h>

#include <array>
#include <set>

#include "base/ascii.h"
#include "base/sql_text.h"
#include "sink/postgres_catalog.h"
#include "sink/scored_record.h"

namespace churnstream {
namespace {

// The original's table had the customers' columns and then CHURN; a customer's column that would be called as
// one of ours is left out.
std::string view_columns(const Schema& customer, std::size_t key_column) {
  constexpr std::array<std::array<std::string_view, 2>, 7> kOurs{{{"CHURN", "prediction"},
                                                                  {"PROBABILITY", "probability"},
                                                                  {"RISK_BAND", "risk_band"},
                                                                  {"EXPECTED_LOSS", "expected_loss"},
                                                                  {"MODEL", "model"},
                                                                  {"EVENT_TIME", "event_time"},
                                                                  {"SCORED_AT", "scored_at"}}};
  std::set<std::string> taken;
  for (const auto& [name, column] : kOurs) taken.emplace(name);
  std::string list;
  for (std::size_t index = 0; index < customer.size(); ++index) {
    const std::string name = upper_ascii(customer[index].name);
    if (!taken.insert(name).second) continue;
    const std::string& column =
        index == key_column ? own_record_columns().front().name : customer[index].name;
    list += fmt::format("{} AS {}, ", sql_name(column), sql_name(name));
  }
  for (const auto& [name, column] : kOurs)
    list += fmt::format("{}{} AS {}", name == "CHURN" ? "" : ", ", column, sql_name(name));
  return list;
}

}  // namespace

Result<void> make_or_check_postgres_view(PostgresConnection& connection, const PostgresSettings& settings,
                                         const Schema& customer, std::size_t key_column) {
  const std::size_t dot = settings.view.find('.');
  const std::string schema = settings.view.substr(0, dot), name = settings.view.substr(dot + 1);
  const std::string view = sql_name(schema) + "." + sql_name(name);
  const std::string scores = postgres_table(settings, "churn_scores");
  return in_turn(connection, [&]() -> Result<void> {
    CHURNSTREAM_TRY_ASSIGN(const bool is_made,
                           is_in_postgres(connection, "to_regclass(" + sql_text(view) + ")"));
    if (!is_made) {
      CHURNSTREAM_TRY(make_postgres_schema(connection, schema));
      CHURNSTREAM_TRY(ask_postgres(connection, fmt::format("CREATE VIEW {} AS SELECT {} FROM {}", view,
                                                           view_columns(customer, key_column), scores)));
      return {};
    }
    // What the view selects from, by the rule that makes it a view.
    CHURNSTREAM_TRY_ASSIGN(
        const PostgresRows ours,
        ask_postgres(connection,
                     fmt::format("SELECT 1 FROM pg_rewrite JOIN pg_depend ON pg_depend.objid = pg_rewrite.oid"
                                 " WHERE ev_class = to_regclass({}) AND refobjid = to_regclass({})",
                                 sql_text(view), sql_text(scores))));
    if (ours.size() > 0) return {};
    return wrong("opening the store", settings.view, "something of this name is there and shows other scores",
                 "choose another name with view = \"SCHEMA.NAME\", or none with view = \"\"");
  });
}

}  // namespace churnstream
