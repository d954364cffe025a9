// A door to PostgreSQL as far as the sink needs it; the one place that knows libpq. Every wait has an end: a
// statement that the server does not answer within the patience costs the connection. One thread per object.
#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "sink/postgres_settings.h"

struct pg_conn;
struct pg_result;

namespace churnstream {

// What to make of a failure.
enum class PostgresTrouble {
  passing,  // connection, locks, resources, a server that goes down or comes up: try again
  unknown,  // passing, and whether the transaction was committed cannot be known
  row,      // this row breaks a constraint, or holds what its column cannot
  broken,   // rights, other tables, damage: somebody has to act
};

struct PostgresError {
  PostgresTrouble trouble = PostgresTrouble::broken;
  std::string message;
  bool is_duplicate = false;  // of a row trouble: a row with this key is there
};
template <typename T>
using PostgresResult = tl::expected<T, PostgresError>;

// What trouble an SQLSTATE means; empty: there was no answer.
PostgresTrouble postgres_trouble(std::string_view sqlstate);

// What a statement gave. Views live as long as it does.
class PostgresRows {
 public:
  explicit PostgresRows(pg_result* result) : result_(result) {}
  int size() const;
  int columns() const;
  bool is_null(int row, int column) const;
  std::string_view text(int row, int column) const;
  std::int64_t integer(int row, int column) const;
  double number(int row, int column) const;
  std::int64_t rows_changed() const;
  std::string_view command() const;  // what was done: "COMMIT", "ROLLBACK"

 private:
  struct Free {
    void operator()(pg_result* result) const;
  };
  std::unique_ptr<pg_result, Free> result_;
};

// A parameter of a prepared statement, in libpq's text or binary form. The bytes are not copied.
struct PostgresParameter {
  const std::string* bytes = nullptr;  // null: NULL
  bool is_binary = false;
};

class PostgresConnection {
 public:
  // Connects within connect_timeout. Wrong when the server is there and will not have us; trouble otherwise.
  static Result<std::unique_ptr<PostgresConnection>> connect(const PostgresSettings& settings);
  ~PostgresConnection();
  PostgresConnection(const PostgresConnection&) = delete;

  // One or more statements without parameters; the answer is the last one's.
  PostgresResult<PostgresRows> run(const std::string& sql);
  PostgresResult<PostgresRows> run(const std::string& sql, std::span<const PostgresParameter> parameters);
  // `types`: the parameters' object ids.
  PostgresResult<void> prepare(const std::string& name, const std::string& sql,
                               const std::vector<std::uint32_t>& types);
  PostgresResult<PostgresRows> run_prepared(const std::string& name,
                                            std::span<const PostgresParameter> parameters);

  // A COPY ... FROM STDIN and all that it copies, in the form that it names.
  PostgresResult<PostgresRows> copy(const std::string& sql, std::string_view rows);

  // The last statement got no answer, or one that ended the connection.
  bool is_lost() const { return is_lost_; }
  // "churn at 127.0.0.1:5432": for messages.
  const std::string& place() const { return place_; }

 private:
  PostgresConnection(pg_conn* connection, std::chrono::milliseconds patience);
  PostgresResult<PostgresRows> answer(int is_sent);
  bool flush(std::chrono::steady_clock::time_point deadline);
  bool wait_for(short events, std::chrono::steady_clock::time_point deadline);
  PostgresError lost(std::string_view what);

  pg_conn* connection_;
  const std::chrono::milliseconds patience_;
  std::string place_;
  bool is_lost_ = false;
};

}  // namespace churnstream
