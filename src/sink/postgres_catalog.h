// What the server knows of schemas, tables and columns, and one writer at a time changing it: used while a
// store opens. Errors are those of opening: wrong where somebody has to act, trouble where asking again
// helps.
#pragma once

#include <functional>
#include <map>
#include <string>

#include "sink/postgres_connection.h"

namespace churnstream {

// Held until the transaction ends, so that of several writers one makes tables.
constexpr const char* kPostgresOneAtATime = "SELECT pg_advisory_xact_lock(hashtext('churnstream tables'))";

// "schema"."table".
std::string postgres_table(const PostgresSettings& settings, std::string_view table);

Result<PostgresRows> ask_postgres(PostgresConnection& connection, const std::string& sql);
// Whether an expression is not null: to_regclass('...').
Result<bool> is_in_postgres(PostgresConnection& connection, const std::string& question);
Result<bool> is_postgres_table(PostgresConnection& connection, const PostgresSettings& settings,
                               std::string_view table);
// Looks before it makes: making, even "if not exists", takes rights that a writer need not have.
Result<void> make_postgres_schema(PostgresConnection& connection, const std::string& name);

struct PostgresColumn {
  std::string type;
  bool is_demanded = false;  // NOT NULL without a default: a row without it is refused
};
// By name. `table` is qualified and quoted.
Result<std::map<std::string, PostgresColumn>> postgres_columns_of(PostgresConnection& connection,
                                                                  const std::string& table);

// Runs `step` in one transaction while no other writer runs one.
Result<void> in_turn(PostgresConnection& connection, const std::function<Result<void>()>& step);

}  // namespace churnstream
