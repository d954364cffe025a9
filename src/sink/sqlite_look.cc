#include "sink/sqlite_look.h"

#include <fmt/format.h>

#include "sink/folder_look.h"
#include "sink/sqlite_schema.h"

namespace churnstream {
namespace {

Result<void> look_into(const SqliteSettings& settings, const Assignment& wanted, Findings& found) {
  const Path& path = settings.path;
  CHURNSTREAM_TRY_ASSIGN(const ScoredRecord record, ScoredRecord::make(*wanted.columns, *wanted.terms));
  CHURNSTREAM_TRY_ASSIGN(const auto database, SqliteDatabase::open(path, SqliteDatabase::Mode::read_only));
  CHURNSTREAM_TRY(check_sqlite_tables(*database, record, settings));
  found.fine("Its tables are as the rows need them.");
  auto positions =
      database->prepare("SELECT topic, partition, next, owner FROM churn_positions ORDER BY 1, 2");
  if (!positions) return failed("looking at the store", path.string(), positions.error().message);
  for (;;) {
    const auto more = positions->step();
    if (!more) return failed("looking at the store", path.string(), more.error().message);
    if (!*more) return {};
    found.fine(fmt::format("It has everything before record {} of {}/{}, written by {}.",
                           positions->integer(2), positions->text(0), positions->integer(1),
                           positions->text(3)));
  }
}

}  // namespace

Findings look_at_sqlite(const SqliteSettings& settings, const Assignment& wanted) {
  Findings found = look_at_file_place(settings.path);
  std::error_code ignored;
  if (!std::filesystem::exists(settings.path, ignored)) return found;
  if (const Result<void> looked = look_into(settings, wanted, found); !looked) found.bad(looked.error());
  return found;
}

}  // namespace churnstream
