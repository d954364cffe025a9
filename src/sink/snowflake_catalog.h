// What is there in the database already, as INFORMATION_SCHEMA has it: schemas, tables, views, columns. One
// thread per object.
#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "sink/snowflake_statements.h"

namespace churnstream {

// "DATABASE"."SCHEMA"."TABLE".
std::string snowflake_table(const SnowflakeSettings& settings, std::string_view table);

// An error of a statement while the store opens: trouble where asking again helps, wrong where it does not.
tl::unexpected<Error> opening_snowflake_failed(const SnowflakeSettings& settings,
                                               const SnowflakeError& error);

struct SnowflakeCatalogColumn {
  std::string type;
  bool is_demanded = false;  // NOT NULL without a default: a row without it is refused
};
using SnowflakeCatalogTable = std::map<std::string, SnowflakeCatalogColumn>;

class SnowflakeCatalog {
 public:
  // Needs: `statements` and `settings` outlive it.
  SnowflakeCatalog(SnowflakeStatements& statements, const SnowflakeSettings& settings)
      : statements_(statements), settings_(settings) {}

  Result<SnowflakeRows> ask(const std::string& sql, const std::vector<std::string>& bindings = {});
  // Looks before it makes: making, even "if not exists", takes rights that a writer need not have.
  Result<void> make_schema(const std::string& schema);
  // Adds what this schema holds to what is known. One that is not there holds nothing.
  Result<void> look(const std::string& schema);

  bool has(const std::string& table) const { return types_.contains(table); }
  bool is_view(const std::string& table) const { return has(table) && types_.at(table).ends_with("VIEW"); }
  const SnowflakeCatalogTable& columns(const std::string& table) { return columns_[table]; }

 private:
  SnowflakeStatements& statements_;
  const SnowflakeSettings& settings_;
  std::map<std::string, std::string> types_;
  std::map<std::string, SnowflakeCatalogTable> columns_;
};

}  // namespace churnstream
