#include "sink/sqlite_forget.h"

#include <fmt/format.h>

#include <algorithm>

#include "sink/sqlite_database.h"

namespace churnstream {
namespace {

tl::expected<std::uint64_t, SqliteError> rows_of(SqliteDatabase& database, const std::string& table,
                                                 const ErasureWishes& wishes) {
  auto statement = database.prepare(fmt::format("{} FROM {} WHERE customer_id = ?",
                                                wishes.is_dry_run ? "SELECT count(*)" : "DELETE", table));
  if (!statement) return tl::make_unexpected(statement.error());
  statement->bind(1, std::string_view(wishes.customer));
  if (wishes.is_dry_run) {
    const auto counted = statement->step();
    if (!counted) return tl::make_unexpected(counted.error());
    return static_cast<std::uint64_t>(statement->integer(0));
  }
  if (const auto done = statement->run(); !done) return tl::make_unexpected(done.error());
  return static_cast<std::uint64_t>(database.rows_changed());
}

tl::expected<std::vector<ErasedPart>, SqliteError> erase(SqliteDatabase& database,
                                                         const ErasureWishes& wishes) {
  std::vector<ErasedPart> parts;
  if (const auto begun =
          database.run(wishes.is_dry_run ? "BEGIN" : "PRAGMA secure_delete = ON; BEGIN IMMEDIATE");
      !begun)
    return tl::make_unexpected(begun.error());
  const auto tables = database.tables();
  if (!tables) return tl::make_unexpected(tables.error());
  for (const char* table : {"churn_scores", "churn_outcomes", "churn_events"}) {
    if (std::find(tables->begin(), tables->end(), table) == tables->end())
      continue;  // a store may have one alone
    const auto rows = rows_of(database, table, wishes);
    if (!rows) return tl::make_unexpected(rows.error());
    parts.push_back({table, *rows});
  }
  if (const auto done = database.run("COMMIT"); !done) return tl::make_unexpected(done.error());
  return parts;
}

}  // namespace

Result<Erasure> forget_in_sqlite(const Path& path, const ErasureWishes& wishes) {
  Erasure erasure;
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return erasure;
  CHURNSTREAM_TRY_ASSIGN(const auto database,
                         SqliteDatabase::open(path, wishes.is_dry_run ? SqliteDatabase::Mode::read_only
                                                                      : SqliteDatabase::Mode::write));
  auto parts = erase(*database, wishes);
  if (!parts) {
    if (database->in_transaction()) (void)database->run("ROLLBACK");
    return failed("erasing from", path.string(), parts.error().message,
                  "nothing was erased; ask again when nobody else writes the store");
  }
  erasure.parts = *std::move(parts);
  if (wishes.is_dry_run) return erasure;
  // The log beside the file still holds the pages as they were.
  auto folded = database->prepare("PRAGMA wal_checkpoint(TRUNCATE)");
  const auto answer = folded ? folded->step() : tl::expected<bool, SqliteError>(false);
  if (!answer || !*answer || folded->integer(0) != 0)
    erasure.left.push_back(fmt::format(
        "{}-wal still holds the bytes of what was erased, because somebody reads the store; ask again later",
        path.string()));
  return erasure;
}

}  // namespace churnstream
