#include "sink/postgres_forget.h"

#include <fmt/format.h>

#include <array>

#include "base/sql_text.h"
#include "sink/postgres_catalog.h"

namespace churnstream {
namespace {

constexpr std::chrono::hours kPatience{1};  // events have no index on the customer: all of them are read

Result<std::uint64_t> rows_of(PostgresConnection& connection, const std::string& table,
                              const ErasureWishes& wishes) {
  const std::string sql = fmt::format("{} FROM {} WHERE customer_id = $1",
                                      wishes.is_dry_run ? "SELECT count(*)" : "DELETE", table);
  const std::array<PostgresParameter, 1> customer{{{&wishes.customer, false}}};
  const auto rows = connection.run(sql, customer);
  if (!rows) return failed("erasing from", table, rows.error().message, "nothing was erased; ask again");
  return static_cast<std::uint64_t>(wishes.is_dry_run ? rows->integer(0, 0) : rows->rows_changed());
}

}  // namespace

Result<Erasure> forget_in_postgres(PostgresSettings settings, const ErasureWishes& wishes) {
  settings.timeout = kPatience;
  CHURNSTREAM_TRY_ASSIGN(const auto connection, PostgresConnection::connect(settings));
  Erasure erasure;
  CHURNSTREAM_TRY(ask_postgres(*connection, "BEGIN"));
  for (const char* name : {"churn_scores", "churn_outcomes", "churn_events"}) {
    const std::string table = postgres_table(settings, name);
    CHURNSTREAM_TRY_ASSIGN(const bool is_there,
                           is_in_postgres(*connection, fmt::format("to_regclass({})", sql_text(table))));
    if (!is_there) continue;
    CHURNSTREAM_TRY_ASSIGN(const std::uint64_t rows, rows_of(*connection, table, wishes));
    erasure.parts.push_back({name, rows});
  }
  CHURNSTREAM_TRY(ask_postgres(*connection, "COMMIT"));
  return erasure;
}

}  // namespace churnstream
