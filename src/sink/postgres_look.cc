#include "sink/postgres_look.h"

#include <fmt/format.h>

#include "base/sql_text.h"
#include "sink/clock_look.h"
#include "sink/postgres_catalog.h"
#include "sink/postgres_schema.h"

namespace churnstream {
namespace {

constexpr std::int64_t kOldestVersion = 130'000;

class Look {
 public:
  Look(PostgresConnection& connection, const PostgresSettings& settings, Findings& found)
      : connection_(connection), settings_(settings), found_(found) {}

  Result<void> all(const Assignment& wanted) {
    CHURNSTREAM_TRY_ASSIGN(const ScoredRecord record, ScoredRecord::make(*wanted.columns, *wanted.terms));
    CHURNSTREAM_TRY(server());
    CHURNSTREAM_TRY(encryption());
    CHURNSTREAM_TRY(clock());
    CHURNSTREAM_TRY(tables(record));
    return positions();
  }

 private:
  Result<void> server() {
    CHURNSTREAM_TRY_ASSIGN(
        const PostgresRows facts,
        ask_postgres(connection_,
                     "SELECT current_setting('server_version'), current_user, pg_is_in_recovery(),"
                     " current_setting('default_transaction_read_only'),"
                     " current_setting('server_version_num')::bigint"));
    found_.fine(fmt::format("PostgreSQL {} is there, {}; we are {}.", facts.text(0, 0), connection_.place(),
                            facts.text(0, 1)));
    if (facts.integer(0, 4) < kOldestVersion)
      found_.bad(fmt::format("Version {} is too old.", facts.text(0, 0)), "use version 13 or later");
    if (facts.text(0, 2) == "t")
      found_.bad("The server is a standby and takes no rows.",
                 "name the primary too and set target_session_attrs = \"read-write\"");
    else if (facts.text(0, 3) == "on")
      found_.bad("Transactions of this user only read: default_transaction_read_only is on.",
                 "ALTER ROLE ... SET default_transaction_read_only = off");
    return {};
  }

  Result<void> encryption() {
    CHURNSTREAM_TRY_ASSIGN(
        const PostgresRows facts,
        ask_postgres(connection_,
                     "SELECT coalesce(ssl, false), coalesce(version, ''),"
                     " coalesce(inet_server_addr() <<= '127.0.0.0/8'::inet OR inet_server_addr() ="
                     " '::1'::inet, true) FROM pg_stat_ssl WHERE pid = pg_backend_pid()"));
    if (facts.size() == 0) return {};
    if (facts.text(0, 0) == "t")
      found_.fine(fmt::format("The connection is encrypted, {}.", facts.text(0, 1)));
    else if (facts.text(0, 2) != "t")
      found_.odd("The connection is not encrypted.", "set sslmode = \"verify-full\" and sslrootcert");
    return {};
  }

  Result<void> clock() {
    const EpochMicros before = system_clock().now_us();
    CHURNSTREAM_TRY_ASSIGN(
        const PostgresRows facts,
        ask_postgres(connection_, "SELECT (extract(epoch FROM clock_timestamp()) * 1000000)::bigint"));
    look_at_clock(before, facts.integer(0, 0), system_clock().now_us(),
                  "let both machines keep time by NTP: retention goes by the server's clock", found_);
    return {};
  }

  Result<void> tables(const ScoredRecord& record) {
    if (const Result<void> same = check_postgres_tables(connection_, settings_, record); !same) {
      if (same.error().kind == ErrorKind::trouble) return same;
      found_.bad(same.error());
    }
    bool are_missing = false;
    for (const std::string& table : postgres_table_names(settings_)) {
      CHURNSTREAM_TRY_ASSIGN(const bool is_there, is_postgres_table(connection_, settings_, table));
      are_missing |= !is_there;
      if (is_there) CHURNSTREAM_TRY(rights_on(table));
    }
    if (!are_missing) {
      found_.fine(fmt::format("The tables of schema {} are there.", settings_.schema));
      return {};
    }
    return right_to_make();
  }

  Result<void> rights_on(const std::string& table) {
    std::string missing;
    for (const char* right : {"SELECT", "INSERT", "UPDATE", "DELETE"}) {
      CHURNSTREAM_TRY_ASSIGN(
          const PostgresRows has,
          ask_postgres(connection_, fmt::format("SELECT has_table_privilege({}, '{}')",
                                                sql_text(postgres_table(settings_, table)), right)));
      if (has.text(0, 0) != "t") missing += fmt::format("{}{}", missing.empty() ? "" : ", ", right);
    }
    if (!missing.empty())
      found_.bad(fmt::format("We may not {} in {}.", missing, table),
                 fmt::format("GRANT {} ON {} TO ...", missing, postgres_table(settings_, table)));
    return {};
  }

  Result<void> right_to_make() {
    const std::string schema = sql_name(settings_.schema);
    CHURNSTREAM_TRY_ASSIGN(
        const PostgresRows may,
        ask_postgres(connection_,
                     fmt::format("SELECT CASE WHEN to_regnamespace({0}) IS NULL THEN"
                                 " has_database_privilege(current_database(), 'CREATE') ELSE"
                                 " has_schema_privilege(to_regnamespace({0})::oid, 'CREATE') END",
                                 sql_text(schema))));
    if (may.text(0, 0) == "t")
      found_.fine(fmt::format("Schema {} misses tables of ours: they would be made.", settings_.schema));
    else
      found_.bad(fmt::format("Schema {} misses tables of ours, and we may not make them.", settings_.schema),
                 fmt::format("GRANT CREATE ON SCHEMA {} TO ..., or make them as the guide says", schema));
    return {};
  }

  Result<void> positions() {
    CHURNSTREAM_TRY_ASSIGN(const bool are_there,
                           is_postgres_table(connection_, settings_, "churn_positions"));
    if (!are_there) return {};
    CHURNSTREAM_TRY_ASSIGN(
        const PostgresRows rows,
        ask_postgres(connection_, fmt::format("SELECT topic, partition, next, owner FROM {} ORDER BY 1, 2",
                                              postgres_table(settings_, "churn_positions"))));
    for (int row = 0; row < rows.size(); ++row)
      found_.fine(fmt::format("It has everything before record {} of {}/{}, written by {}.",
                              rows.text(row, 2), rows.text(row, 0), rows.text(row, 1), rows.text(row, 3)));
    return {};
  }

  PostgresConnection& connection_;
  const PostgresSettings& settings_;
  Findings& found_;
};

}  // namespace

Findings look_at_postgres(const PostgresSettings& settings, const Assignment& wanted) {
  Findings found;
  const auto connection = PostgresConnection::connect(settings);
  if (!connection) {
    found.bad(connection.error());
    return found;
  }
  if (const Result<void> looked = Look(**connection, settings, found).all(wanted); !looked)
    found.bad(looked.error());
  return found;
}

}  // namespace churnstream
