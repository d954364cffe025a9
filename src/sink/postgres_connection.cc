#include "sink/postgres_connection.h"

#include <fmt/format.h>
#include <libpq-fe.h>
#include <poll.h>

#include <cerrno>
#include <charconv>
#include <optional>

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using SteadyClock = std::chrono::steady_clock;

// The server's own limit comes first, so that the connection survives it.
constexpr auto kBehindTheServer = 1s;

bool is_one_of(std::string_view text, std::initializer_list<std::string_view> list) {
  for (const std::string_view one : list)
    if (text == one) return true;
  return false;
}

std::string trimmed(std::string_view text) {
  const std::size_t last = text.find_last_not_of(" \n");
  return std::string(text.substr(0, last == std::string_view::npos ? 0 : last + 1));
}

std::string field(const PGresult* result, int code) {
  const char* text = PQresultErrorField(result, code);
  return text == nullptr ? std::string() : std::string(text);
}

// The primary message and the hint; never the detail, which holds the row.
PostgresError error_of(const PGresult* result, bool is_lost) {
  const std::string sqlstate = field(result, PG_DIAG_SQLSTATE);
  PostgresError error;
  error.trouble = postgres_trouble(sqlstate);
  error.is_duplicate = sqlstate == "23505";
  if (is_lost && error.trouble == PostgresTrouble::broken) error.trouble = PostgresTrouble::passing;
  error.message = field(result, PG_DIAG_MESSAGE_PRIMARY);
  if (error.message.empty()) error.message = trimmed(PQresultErrorMessage(result));
  if (const std::string hint = field(result, PG_DIAG_MESSAGE_HINT); !hint.empty())
    error.message += " (" + hint + ")";
  return error;
}

// libpq does not hand out the SQLSTATE of a failed connection; a server of another language is taken for one
// that may still come round.
bool will_not_have_us(std::string_view message) {
  for (const char* words : {"authentication failed", "does not exist", "pg_hba.conf", "not permitted",
                            "certificate verify failed", "does not match host name", "invalid"})
    if (message.find(words) != std::string_view::npos) return true;
  return false;
}

// A value that would weaken what Delivered promises is not taken from the server's or the role's settings.
std::string session_settings(std::chrono::milliseconds timeout) {
  return fmt::format(
      "SET statement_timeout = {0}; SET idle_in_transaction_session_timeout = {0};"
      "SET default_transaction_isolation = 'read committed'; SET jit = off; SET client_min_messages = error;"
      "SELECT set_config('synchronous_commit', 'on', false)"
      " WHERE current_setting('synchronous_commit') = 'off'",
      timeout.count());
}

}  // namespace

PostgresTrouble postgres_trouble(std::string_view sqlstate) {
  const std::string_view area = sqlstate.substr(0, 2);
  if (is_one_of(sqlstate, {"08007", "40003"})) return PostgresTrouble::unknown;
  // Of a class that is not all the same: a trigger's own error, an index row that is too long, a view's
  // check.
  if (is_one_of(sqlstate, {"P0001", "54000", "44000"}) || is_one_of(area, {"22", "23"}))
    return PostgresTrouble::row;
  // A plan or a prepared statement that is gone, a server that has become a standby: a new connection helps.
  if (sqlstate.empty() || is_one_of(sqlstate, {"25006", "25P03", "26000", "0A000"}) ||
      is_one_of(area, {"08", "40", "53", "55", "57", "58"}))
    return PostgresTrouble::passing;
  return PostgresTrouble::broken;
}

void PostgresRows::Free::operator()(pg_result* result) const { PQclear(result); }
int PostgresRows::size() const { return PQntuples(result_.get()); }
int PostgresRows::columns() const { return PQnfields(result_.get()); }
bool PostgresRows::is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
std::string_view PostgresRows::text(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}
std::int64_t PostgresRows::integer(int row, int column) const {
  std::int64_t number = 0;
  const std::string_view digits = text(row, column);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}
double PostgresRows::number(int row, int column) const {
  double number = 0;
  const std::string_view digits = text(row, column);
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}
std::int64_t PostgresRows::rows_changed() const {
  std::int64_t number = 0;
  const std::string_view digits = PQcmdTuples(result_.get());
  std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return number;
}
std::string_view PostgresRows::command() const { return PQcmdStatus(result_.get()); }

Result<std::unique_ptr<PostgresConnection>> PostgresConnection::connect(const PostgresSettings& settings) {
  std::vector<const char*> names, values;
  for (const auto& [name, value] : settings.libpq) {
    names.push_back(name.c_str());
    values.push_back(value.c_str());
  }
  names.push_back(nullptr);
  values.push_back(nullptr);
  std::unique_ptr<PostgresConnection> made(
      new PostgresConnection(PQconnectdbParams(names.data(), values.data(), 0), settings.timeout));
  if (PQstatus(made->connection_) != CONNECTION_OK) {
    const std::string words = trimmed(PQerrorMessage(made->connection_));
    if (will_not_have_us(words))
      return wrong("connecting to PostgreSQL", made->place(), words,
                   "the settings are dsn and those of the postgres section");
    return failed("connecting to PostgreSQL", made->place(), words);
  }
  PQsetnonblocking(made->connection_, 1);
  PQsetNoticeProcessor(
      made->connection_, [](void*, const char*) {}, nullptr);
  if (const auto set = made->run(session_settings(settings.timeout)); !set)
    return failed("setting up the connection to PostgreSQL", made->place(), set.error().message);
  return made;
}

PostgresConnection::PostgresConnection(pg_conn* connection, std::chrono::milliseconds patience)
    : connection_(connection), patience_(patience) {
  const auto or_default = [](const char* text) { return text == nullptr || *text == '\0' ? "?" : text; };
  place_ = fmt::format("{} at {}:{}", or_default(PQdb(connection_)), or_default(PQhost(connection_)),
                       or_default(PQport(connection_)));
}

PostgresConnection::~PostgresConnection() { PQfinish(connection_); }

PostgresResult<PostgresRows> PostgresConnection::run(const std::string& sql) {
  return answer(PQsendQuery(connection_, sql.c_str()));
}

namespace {

// The parameters as libpq wants them.
struct Parameters {
  explicit Parameters(std::span<const PostgresParameter> parameters) {
    for (const PostgresParameter& one : parameters) {
      values.push_back(one.bytes == nullptr ? nullptr : one.bytes->data());
      lengths.push_back(one.bytes == nullptr ? 0 : static_cast<int>(one.bytes->size()));
      formats.push_back(one.is_binary ? 1 : 0);
    }
  }
  int count() const { return static_cast<int>(values.size()); }
  std::vector<const char*> values;
  std::vector<int> lengths, formats;
};

}  // namespace

PostgresResult<PostgresRows> PostgresConnection::run(const std::string& sql,
                                                     std::span<const PostgresParameter> parameters) {
  const Parameters given(parameters);
  return answer(PQsendQueryParams(connection_, sql.c_str(), given.count(), nullptr, given.values.data(),
                                  given.lengths.data(), given.formats.data(), 0));
}

PostgresResult<void> PostgresConnection::prepare(const std::string& name, const std::string& sql,
                                                 const std::vector<std::uint32_t>& types) {
  const auto prepared = answer(
      PQsendPrepare(connection_, name.c_str(), sql.c_str(), static_cast<int>(types.size()), types.data()));
  if (!prepared) return tl::make_unexpected(prepared.error());
  return {};
}

PostgresResult<PostgresRows> PostgresConnection::run_prepared(const std::string& name,
                                                              std::span<const PostgresParameter> parameters) {
  const Parameters given(parameters);
  return answer(PQsendQueryPrepared(connection_, name.c_str(), given.count(), given.values.data(),
                                    given.lengths.data(), given.formats.data(), 0));
}

// Sends what is left, takes every result; the first error counts, else the last result.
PostgresResult<PostgresRows> PostgresConnection::answer(int is_sent) {
  if (is_sent == 0) return tl::make_unexpected(lost("sending"));
  const SteadyClock::time_point deadline = SteadyClock::now() + patience_ + kBehindTheServer;
  if (!flush(deadline)) return tl::make_unexpected(lost("sending"));
  PostgresRows last(nullptr);
  std::optional<PostgresError> first_error;
  for (;;) {
    while (PQisBusy(connection_) != 0)
      if (!wait_for(POLLIN, deadline) || PQconsumeInput(connection_) == 0)
        return tl::make_unexpected(lost("waiting for the answer"));
    PGresult* result = PQgetResult(connection_);
    if (result == nullptr) break;
    PostgresRows rows(result);
    const ExecStatusType status = PQresultStatus(result);
    if (status == PGRES_COPY_IN) return rows;  // it waits for what it shall copy
    const bool is_good = status == PGRES_COMMAND_OK || status == PGRES_TUPLES_OK;
    is_lost_ = is_lost_ || PQstatus(connection_) == CONNECTION_BAD;
    if (is_good)
      last = std::move(rows);
    else if (!first_error)
      first_error = error_of(result, is_lost_);
  }
  if (first_error) return tl::make_unexpected(*std::move(first_error));
  return last;
}

PostgresResult<PostgresRows> PostgresConnection::copy(const std::string& sql, std::string_view rows) {
  if (auto begun = answer(PQsendQuery(connection_, sql.c_str())); !begun) return begun;
  const SteadyClock::time_point deadline = SteadyClock::now() + patience_ + kBehindTheServer;
  constexpr std::size_t kPiece = 64 * 1024;
  for (std::size_t begin = 0; begin < rows.size(); begin += kPiece) {
    const std::string_view piece = rows.substr(begin, kPiece);
    if (PQputCopyData(connection_, piece.data(), static_cast<int>(piece.size())) != 1 || !flush(deadline))
      return tl::make_unexpected(lost("copying"));
  }
  return answer(PQputCopyEnd(connection_, nullptr) == 1 ? 1 : 0);
}

// Whether everything was sent in time.
bool PostgresConnection::flush(SteadyClock::time_point deadline) {
  int left = 0;
  while ((left = PQflush(connection_)) == 1) {
    if (!wait_for(POLLIN | POLLOUT, deadline)) return false;
    // A server that answers early may want to be read before it reads on.
    if (PQconsumeInput(connection_) == 0) return false;
  }
  return left == 0;
}

bool PostgresConnection::wait_for(short events, SteadyClock::time_point deadline) {
  for (;;) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - SteadyClock::now());
    if (left <= 0ms) return false;
    pollfd waiting{PQsocket(connection_), events, 0};
    if (waiting.fd < 0) return false;
    const int ready = ::poll(&waiting, 1, static_cast<int>(left.count()));
    if (ready > 0) return true;
    if (ready < 0 && errno != EINTR) return false;
  }
}

PostgresError PostgresConnection::lost(std::string_view what) {
  is_lost_ = true;
  const std::string words = trimmed(PQerrorMessage(connection_));
  return {PostgresTrouble::passing, words.empty() ? fmt::format("{}: no answer from the server within {} ms",
                                                                what, (patience_ + kBehindTheServer) / 1ms)
                                                  : words};
}

}  // namespace churnstream
