#include "sink/postgres_view.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/sql_text.h"
#include "sink/postgres_catalog.h"

namespace churnstream {
namespace {

std::string selected(const std::vector<ViewColumn>& columns) {
  std::string list;
  for (const ViewColumn& column : columns)
    list +=
        fmt::format("{}{} AS {}", list.empty() ? "" : ", ", sql_name(column.shows), sql_name(column.name));
  return list;
}

}  // namespace

// The original's table had the customers' columns and then CHURN.
std::vector<ViewColumn> postgres_view_columns(const Schema& customer, std::size_t key_column) {
  const std::string& key = own_record_columns().front().name;
  std::vector<ViewColumn> ours;
  for (const char* column :
       {"prediction", "probability", "risk_band", "expected_loss", "model", "event_time", "scored_at"})
    ours.push_back({upper_ascii(column), column, own_record_kind(column)});
  ours.front().name = "CHURN";
  return view_columns(customer, ours,
                      [&](std::size_t index) { return index == key_column ? key : customer[index].name; });
}

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
      CHURNSTREAM_TRY(ask_postgres(
          connection, fmt::format("CREATE VIEW {} AS SELECT {} FROM {}", view,
                                  selected(postgres_view_columns(customer, key_column)), scores)));
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
