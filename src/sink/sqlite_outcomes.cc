#include "sink/sqlite_outcomes.h"

#include <algorithm>

#include "sink/outcome_record.h"
#include "sink/sqlite_database.h"

namespace churnstream {
namespace {

template <typename Value>
using Answer = tl::expected<Value, SqliteError>;

Answer<OutcomesKept> keep(SqliteDatabase& database, const std::string& sql,
                          const std::vector<KnownOutcome>& outcomes) {
  OutcomesKept kept;
  if (const auto begun = database.run("BEGIN IMMEDIATE"); !begun) return tl::make_unexpected(begun.error());
  auto insert = database.prepare(sql);
  if (!insert) return tl::make_unexpected(insert.error());
  for (const KnownOutcome& one : outcomes) {
    insert->bind(1, std::string_view(one.customer));
    insert->bind(2, one.has_left);
    insert->bind(3, one.until_us);
    if (const auto done = insert->run(); !done) return tl::make_unexpected(done.error());
    ++(database.rows_changed() > 0 ? kept.kept : kept.unscored);
  }
  if (const auto done = database.run("COMMIT"); !done) return tl::make_unexpected(done.error());
  return kept;
}

}  // namespace

Result<OutcomesKept> keep_in_sqlite(const Path& path, const std::vector<KnownOutcome>& outcomes) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return no_outcomes_table(path.string());
  CHURNSTREAM_TRY_ASSIGN(const auto database, SqliteDatabase::open(path, SqliteDatabase::Mode::write));
  const auto tables = database->tables();
  const auto has = [&](const char* name) {
    return tables && std::find(tables->begin(), tables->end(), name) != tables->end();
  };
  if (tables && !has(kOutcomesTable)) return no_outcomes_table(path.string());
  const char* const events = has("churn_events") ? "churn_events" : "churn_scores";
  const auto kept =
      tables ? keep(*database, insert_known_outcome(kOutcomesTable, events, {"?1", "?2", "?3"}), outcomes)
             : Answer<OutcomesKept>(tl::make_unexpected(tables.error()));
  if (kept) return *kept;
  if (database->in_transaction()) (void)database->run("ROLLBACK");
  return failed("keeping outcomes in", path.string(), kept.error().message, "none was kept; try again");
}

}  // namespace churnstream
