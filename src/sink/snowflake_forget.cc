#include "sink/snowflake_forget.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "base/ascii.h"
#include "base/backoff.h"
#include "base/clock.h"
#include "sink/snowflake_catalog.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr std::chrono::hours kPatience{1};  // tables have no index on the customer: all of them are read
constexpr int kAttempts = 5;

// An answer that was lost, or a service that is busy: the same statement goes again under its request id, so
// that rows erased by the first are counted.
SnowflakeResult<SnowflakeRows> run(SnowflakeStatements& statements, const std::string& sql,
                                   const std::string& customer) {
  Backoff backoff(200ms, 5s, 0);
  for (int attempt = 1;; ++attempt) {
    auto rows = statements.run(sql, {customer});
    if (rows || attempt == kAttempts) return rows;
    const bool may_pass = rows.error().trouble == SnowflakeTrouble::passing ||
                          rows.error().trouble == SnowflakeTrouble::unknown;
    if (!may_pass) return rows;
    system_clock().sleep(std::max<std::chrono::nanoseconds>(backoff.next(), rows.error().wait));
  }
}

Result<std::uint64_t> rows_of(SnowflakeStatements& statements, const std::string& table,
                              const ErasureWishes& wishes) {
  const char* what = wishes.is_dry_run ? "SELECT COUNT(*)" : "DELETE";
  const auto rows =
      run(statements, fmt::format("{} FROM {} WHERE CUSTOMER_ID = ?", what, table), wishes.customer);
  if (!rows)
    return failed("erasing from", table, rows.error().message, "the same command again erases what is left");
  std::uint64_t count = 0;
  if (rows->empty() || rows->front().empty() || !rows->front()[0])
    return failed("erasing from", table, "Snowflake does not say how many rows it took out",
                  "ask again with --dry-run");
  const std::string& cell = *rows->front()[0];
  std::from_chars(cell.data(), cell.data() + cell.size(), count);
  return count;
}

}  // namespace

Result<Erasure> forget_in_snowflake(SnowflakeSettings settings, const ErasureWishes& wishes) {
  settings.timeout = kPatience;
  CHURNSTREAM_TRY_ASSIGN(SnowflakeLogin login, SnowflakeLogin::make(settings));
  SnowflakeStatements statements(settings, login);
  SnowflakeCatalog catalog(statements, settings);
  CHURNSTREAM_TRY(catalog.look(settings.schema));
  Erasure erasure;
  // Tombstones hold the customer's id, too, and go behind the events that they hide.
  for (const char* name : {"churn_scores", "churn_events", "churn_forgotten"}) {
    const std::string there = upper_ascii(name);
    if (!catalog.has(there) || catalog.is_view(there)) continue;
    const Result<std::uint64_t> rows = rows_of(statements, snowflake_table(settings, there), wishes);
    if (rows)
      erasure.parts.push_back({name, *rows});
    else  // what other tables answer is said, too
      erasure.left.push_back(rows.error().message);
  }
  return erasure;
}

}  // namespace churnstream
