#include "sink/postgres_outcomes.h"

#include <fmt/format.h>

#include <array>

#include "base/sql_text.h"
#include "sink/outcome_record.h"
#include "sink/postgres_catalog.h"

namespace churnstream {
namespace {

constexpr std::chrono::hours kPatience{1};  // where events have no index by customer all of them are read
constexpr const char* kInsert = "keep_outcome";

Result<bool> is_there(PostgresConnection& connection, const std::string& table) {
  return is_in_postgres(connection, fmt::format("to_regclass({})", sql_text(table)));
}

}  // namespace

Result<OutcomesKept> keep_in_postgres(PostgresSettings settings, const std::vector<KnownOutcome>& outcomes) {
  settings.timeout = kPatience;
  const std::string table = postgres_table(settings, kOutcomesTable);
  CHURNSTREAM_TRY_ASSIGN(const auto connection, PostgresConnection::connect(settings));
  CHURNSTREAM_TRY_ASSIGN(const bool has_outcomes, is_there(*connection, table));
  if (!has_outcomes) return no_outcomes_table(table);
  CHURNSTREAM_TRY_ASSIGN(const bool has_events,
                         is_there(*connection, postgres_table(settings, "churn_events")));
  const std::string events = postgres_table(settings, has_events ? "churn_events" : "churn_scores");
  const auto failed_with = [&](const PostgresError& error) {
    return failed("keeping outcomes in", table, error.message, "none was kept; try again");
  };
  CHURNSTREAM_TRY(ask_postgres(*connection, "BEGIN"));
  const std::string sql = insert_known_outcome(
      table, events,
      {"$1::text", "$2::boolean", "'epoch'::timestamptz + $3::bigint * interval '1 microsecond'"});
  if (const auto prepared = connection->prepare(kInsert, sql, {}); !prepared)
    return failed_with(prepared.error());
  OutcomesKept kept;
  for (const KnownOutcome& one : outcomes) {
    const std::string has_left = one.has_left ? "t" : "f", until = std::to_string(one.until_us);
    const std::array<PostgresParameter, 3> cells{
        {{&one.customer, false}, {&has_left, false}, {&until, false}}};
    const auto done = connection->run_prepared(kInsert, cells);
    if (!done) return failed_with(done.error());
    ++(done->rows_changed() > 0 ? kept.kept : kept.unscored);
  }
  CHURNSTREAM_TRY(ask_postgres(*connection, "COMMIT"));
  return kept;
}

}  // namespace churnstream
