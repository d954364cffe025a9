// A door to SQLite as far as the sink and the history need it; the one place that knows its C interface. One
// thread per object.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/file.h"
#include "base/result.h"

struct sqlite3;
struct sqlite3_stmt;

namespace churnstream {

// What to make of a failure.
enum class SqliteTrouble {
  passing,  // busy, disk full, input or output failed: nothing of the statement happened, try again
  row,      // this row breaks a constraint of the table
  broken,   // damaged, not a database, misuse
};

struct SqliteError {
  SqliteTrouble trouble = SqliteTrouble::broken;
  std::string message;
};

class SqliteStatement {
 public:
  ~SqliteStatement();
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;

  // `index` counts from 1. Text is not copied: it must live until the next run() or step() is over.
  void bind(int index, std::monostate);  // NULL
  void bind(int index, std::string_view text);
  void bind(int index, double value);  // NaN becomes NULL, as SQLite has it
  void bind(int index, std::int64_t value);
  void bind(int index, bool value) { bind(index, std::int64_t{value}); }

  // Runs a statement that gives no rows, and makes it ready for the next run.
  tl::expected<void, SqliteError> run();
  // The next row: true, or false behind the last one, when it is ready for the next run.
  tl::expected<bool, SqliteError> step();
  void reset();

  // Of the row that step() gave; `index` counts from 0. Text lives until the next step().
  bool is_null(int index) const;
  std::string_view text(int index) const;
  double number(int index) const;
  std::int64_t integer(int index) const;

 private:
  friend class SqliteDatabase;
  explicit SqliteStatement(sqlite3_stmt* statement) : statement_(statement) {}
  sqlite3_stmt* statement_;
};

class SqliteDatabase {
 public:
  enum class Mode { write, read_only };
  static Result<std::unique_ptr<SqliteDatabase>> open(const Path& path, Mode mode);
  ~SqliteDatabase();
  SqliteDatabase(const SqliteDatabase&) = delete;

  // One or more statements without results.
  tl::expected<void, SqliteError> run(const std::string& sql);
  tl::expected<SqliteStatement, SqliteError> prepare(const std::string& sql);
  tl::expected<std::vector<std::string>, SqliteError> tables();  // their names
  std::int64_t rows_changed() const;                             // by the last statement
  bool in_transaction() const;
  // A statement that is still at work then ends with an error ("interrupted"). Nothing: none is hurried.
  void set_deadline(std::optional<std::chrono::steady_clock::time_point> deadline);

 private:
  explicit SqliteDatabase(sqlite3* database) : database_(database) {}
  sqlite3* database_;
  std::chrono::steady_clock::time_point deadline_;
};

}  // namespace churnstream
