#include "sink/sqlite_database.h"

#include <sqlite3.h>

#include <utility>

namespace churnstream {
namespace {

constexpr int kBusyPatienceMs =
    250;  // Somebody looks with the sqlite3 shell; longer is the pipeline's business.

constexpr int kStepsBetweenLooks = 10'000;  // of SQLite's machine: less than a millisecond

SqliteError error_of(sqlite3* database, int code) {
  SqliteError error;
  error.message = database != nullptr ? sqlite3_errmsg(database) : sqlite3_errstr(code);
  switch (code & 0xFF) {
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_FULL:
    case SQLITE_IOERR:
    case SQLITE_NOMEM:
    case SQLITE_CANTOPEN: error.trouble = SqliteTrouble::passing; break;
    case SQLITE_CONSTRAINT:
    case SQLITE_TOOBIG:
    case SQLITE_MISMATCH: error.trouble = SqliteTrouble::row; break;
    default: error.trouble = SqliteTrouble::broken;
  }
  return error;
}

}  // namespace

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : statement_(std::exchange(other.statement_, nullptr)) {}
SqliteStatement::~SqliteStatement() { sqlite3_finalize(statement_); }

void SqliteStatement::bind(int index, std::monostate) { sqlite3_bind_null(statement_, index); }
void SqliteStatement::bind(int index, std::string_view text) {
  // An empty view may have no address, which SQLite would take for NULL.
  sqlite3_bind_text64(statement_, index, text.data() == nullptr ? "" : text.data(), text.size(),
                      SQLITE_STATIC, SQLITE_UTF8);
}
void SqliteStatement::bind(int index, double value) { sqlite3_bind_double(statement_, index, value); }
void SqliteStatement::bind(int index, std::int64_t value) { sqlite3_bind_int64(statement_, index, value); }

tl::expected<void, SqliteError> SqliteStatement::run() {
  const int code = sqlite3_step(statement_);
  tl::expected<void, SqliteError> outcome;
  if (code != SQLITE_DONE && code != SQLITE_ROW)
    outcome = tl::make_unexpected(error_of(sqlite3_db_handle(statement_), code));
  reset();
  return outcome;
}

tl::expected<bool, SqliteError> SqliteStatement::step() {
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  tl::expected<bool, SqliteError> outcome = false;
  if (code != SQLITE_DONE) outcome = tl::make_unexpected(error_of(sqlite3_db_handle(statement_), code));
  reset();
  return outcome;
}

void SqliteStatement::reset() { sqlite3_reset(statement_); }

bool SqliteStatement::is_null(int index) const {
  return sqlite3_column_type(statement_, index) == SQLITE_NULL;
}
std::string_view SqliteStatement::text(int index) const {
  const auto* text = reinterpret_cast<const char*>(sqlite3_column_text(statement_, index));
  return text == nullptr
             ? std::string_view()
             : std::string_view(text, static_cast<std::size_t>(sqlite3_column_bytes(statement_, index)));
}
double SqliteStatement::number(int index) const { return sqlite3_column_double(statement_, index); }
std::int64_t SqliteStatement::integer(int index) const { return sqlite3_column_int64(statement_, index); }

Result<std::unique_ptr<SqliteDatabase>> SqliteDatabase::open(const Path& path, Mode mode) {
  sqlite3* handle = nullptr;
  const int flags = mode == Mode::write ? SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE : SQLITE_OPEN_READONLY;
  const int code = sqlite3_open_v2(path.c_str(), &handle, flags | SQLITE_OPEN_NOMUTEX, nullptr);
  std::unique_ptr<SqliteDatabase> database(new SqliteDatabase(handle));
  if (code != SQLITE_OK)
    return wrong("opening the database", path.string(), error_of(handle, code).message,
                 "does its folder exist?");
  sqlite3_extended_result_codes(handle, 1);
  sqlite3_busy_timeout(handle, kBusyPatienceMs);
  return database;
}

SqliteDatabase::~SqliteDatabase() { sqlite3_close_v2(database_); }

tl::expected<void, SqliteError> SqliteDatabase::run(const std::string& sql) {
  const int code = sqlite3_exec(database_, sql.c_str(), nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return tl::make_unexpected(error_of(database_, code));
  return {};
}

tl::expected<SqliteStatement, SqliteError> SqliteDatabase::prepare(const std::string& sql) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.c_str(), static_cast<int>(sql.size() + 1),
                                      SQLITE_PREPARE_PERSISTENT, &statement, nullptr);
  if (code != SQLITE_OK) return tl::make_unexpected(error_of(database_, code));
  return SqliteStatement(statement);
}

std::int64_t SqliteDatabase::rows_changed() const { return sqlite3_changes64(database_); }
tl::expected<std::vector<std::string>, SqliteError> SqliteDatabase::tables() {
  std::vector<std::string> names;
  auto question = prepare("SELECT name FROM sqlite_master WHERE type = 'table'");
  if (!question) return tl::make_unexpected(question.error());
  for (;;) {
    const auto more = question->step();
    if (!more) return tl::make_unexpected(more.error());
    if (!*more) return names;
    names.emplace_back(question->text(0));
  }
}

void SqliteDatabase::set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline) {
  deadline_ = deadline.value_or(deadline_);
  const auto is_late = [](void* self) {
    return std::chrono::steady_clock::now() >= static_cast<SqliteDatabase*>(self)->deadline_ ? 1 : 0;
  };
  sqlite3_progress_handler(database_, deadline ? kStepsBetweenLooks : 0, deadline ? +is_late : nullptr, this);
}

bool SqliteDatabase::in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

}  // namespace churnstream
