#include "sink/snowflake_look.h"

#include <fmt/format.h>

#include <charconv>
#include <map>
#include <set>

#include "base/sql_text.h"
#include "sink/clock_look.h"
#include "sink/snowflake_channel.h"
#include "sink/snowflake_schema.h"

namespace churnstream {
namespace {

class Look {
 public:
  Look(SnowflakeStatements& statements, const SnowflakeSettings& settings, Findings& found)
      : statements_(statements), settings_(settings), found_(found), catalog_(statements, settings) {}

  Result<void> all(const Assignment& wanted, SnowflakeLogin& login) {
    CHURNSTREAM_TRY_ASSIGN(const ScoredRecord record, ScoredRecord::make(*wanted.columns, *wanted.terms));
    CHURNSTREAM_TRY(who_we_are());
    clock();
    CHURNSTREAM_TRY_ASSIGN(
        const bool are_all_there,
        check_snowflake_tables(statements_, settings_, SnowflakeRowText(record).columns()));
    CHURNSTREAM_TRY(catalog_.look(settings_.schema));
    rights_on_tables();
    if (are_all_there)
      found_.fine(fmt::format("The tables of schema {} are there, as the rows need them.", settings_.schema));
    else
      right_to_make();
    if (settings_.mode == SnowflakeSettings::Mode::merge) return positions();
    if (const auto connected = SnowflakeChannels(settings_, login).connect(); !connected)
      return opening_snowflake_failed(settings_, connected.error());
    found_.fine("Snowpipe Streaming lets us in.");
    return {};
  }

 private:
  Result<void> who_we_are() {
    CHURNSTREAM_TRY_ASSIGN(
        const SnowflakeRows who,
        catalog_.ask("SELECT CURRENT_USER(), CURRENT_ROLE(), CURRENT_WAREHOUSE(), CURRENT_VERSION()"));
    if (who.empty() || who.front().size() != 4)
      return failed("looking at Snowflake", settings_.url, "it does not say who we are");
    const auto& cells = who.front();
    role_ = cells[1].value_or("...");
    found_.fine(fmt::format("Snowflake {} at {} knows us as {} with the role {}.", cells[3].value_or("?"),
                            settings_.url, cells[0].value_or("?"), cells[1].value_or("none")));
    if (cells[2])
      found_.fine(fmt::format("Statements run on the warehouse {}.", *cells[2]));
    else
      found_.odd(
          "There is no warehouse to run statements on.",
          "set warehouse = \"...\"; streaming needs it for tombstones, retention and refused rows alone");
    return {};
  }

  void clock() {
    const EpochMicros before = system_clock().now_us();
    const auto rows = statements_.run("SELECT DATE_PART(EPOCH_MICROSECOND, CURRENT_TIMESTAMP())");
    const EpochMicros behind = system_clock().now_us();
    EpochMicros server = 0;
    if (rows && !rows->empty() && !rows->front().empty() && rows->front()[0]) {
      const std::string& cell = *rows->front()[0];
      std::from_chars(cell.data(), cell.data() + cell.size(), server);
    }
    if (server == 0)
      return found_.odd("Snowflake does not say what time it is.", rows ? "" : rows.error().message);
    look_at_clock(before, server, behind,
                  "let this machine keep time by NTP: tokens and retention go by its clock", found_);
  }

  // What the catalog says of our rights is no more than odd: roles that reach us by ways it does not show
  // may have them all the same.
  void rights_on_tables() {
    const auto rights = privileges("TABLE_PRIVILEGES", "TABLE_NAME", "TABLE_SCHEMA = ?", settings_.schema);
    if (!rights) return;
    for (const std::string& table : snowflake_table_names(settings_)) {
      if (!catalog_.has(table)) continue;
      std::string missing;
      for (const char* right : {"SELECT", "INSERT", "UPDATE", "DELETE"})
        if (!has(*rights, table, right)) missing += (missing.empty() ? "" : ", ") + std::string(right);
      if (!missing.empty())
        found_.odd(fmt::format("Snowflake names no right of ours to {} in {}.", missing, table),
                   fmt::format("GRANT {} ON TABLE {} TO ROLE {}", missing, snowflake_table(settings_, table),
                               sql_name(role_)));
    }
  }

  void right_to_make() {
    found_.fine(fmt::format("Schema {} misses tables of ours: they would be made.", settings_.schema));
    const auto on_schema = privileges("OBJECT_PRIVILEGES", "OBJECT_NAME",
                                      "OBJECT_TYPE = 'SCHEMA' AND OBJECT_NAME = ?", settings_.schema);
    if (!on_schema || has(*on_schema, settings_.schema, "CREATE TABLE")) return;
    const auto on_database = privileges("OBJECT_PRIVILEGES", "OBJECT_NAME",
                                        "OBJECT_TYPE = 'DATABASE' AND OBJECT_NAME = ?", settings_.database);
    if (!on_database || (on_schema->empty() && has(*on_database, settings_.database, "CREATE SCHEMA")))
      return;
    const std::string database = sql_name(settings_.database), schema = sql_name(settings_.schema);
    found_.odd(
        "Snowflake names no right of ours to make them.",
        fmt::format("GRANT CREATE SCHEMA ON DATABASE {0} TO ROLE {2}; where the schema is there, GRANT "
                    "USAGE, CREATE TABLE, CREATE VIEW ON SCHEMA {0}.{1} TO ROLE {2}",
                    database, schema, sql_name(role_)));
  }

  Result<void> positions() {
    if (!catalog_.has("CHURN_POSITIONS")) return {};
    CHURNSTREAM_TRY_ASSIGN(const SnowflakeRows rows,
                           catalog_.ask("SELECT TOPIC, PARTITION, NEXT, IDENTITY FROM " +
                                        snowflake_table(settings_, "CHURN_POSITIONS")));
    for (const auto& row : rows)
      if (row.size() == 4)
        found_.fine(fmt::format("It has everything before record {} of {}/{}.", row[2].value_or("?"),
                                row[0].value_or("?"), row[1].value_or("?")));
    return {};
  }

  // What roles of this session may do with each object; nothing where the catalog cannot be asked.
  using Rights = std::map<std::string, std::set<std::string>>;
  std::optional<Rights> privileges(const char* view, const char* name, const char* where,
                                   const std::string& place) {
    const auto rows =
        statements_.run(fmt::format("SELECT {}, PRIVILEGE_TYPE FROM {}.INFORMATION_SCHEMA.{} WHERE {} AND"
                                    " IS_ROLE_IN_SESSION(GRANTEE)",
                                    name, sql_name(settings_.database), view, where),
                        {place});
    if (!rows) {
      found_.odd("Our rights cannot be read: " + rows.error().message,
                 "docs/guides/snowflake.md lists those that are needed");
      return std::nullopt;
    }
    Rights rights;
    for (const auto& row : *rows)
      if (row.size() == 2 && row[0] && row[1]) rights[*row[0]].insert(*row[1]);
    return rights;
  }

  static bool has(const Rights& rights, const std::string& object, const char* right) {
    const auto there = rights.find(object);
    return there != rights.end() && (there->second.contains("OWNERSHIP") || there->second.contains(right));
  }

  SnowflakeStatements& statements_;
  const SnowflakeSettings& settings_;
  Findings& found_;
  SnowflakeCatalog catalog_;
  std::string role_;
};

Result<void> look_into(const SnowflakeSettings& settings, const Assignment& wanted, Findings& found) {
  CHURNSTREAM_TRY_ASSIGN(SnowflakeLogin login, SnowflakeLogin::make(settings));
  SnowflakeStatements statements(settings, login);
  return Look(statements, settings, found).all(wanted, login);
}

}  // namespace

Findings look_at_snowflake(const SnowflakeSettings& settings, const Assignment& wanted) {
  Findings found;
  if (const Result<void> looked = look_into(settings, wanted, found); !looked) found.bad(looked.error());
  return found;
}

}  // namespace churnstream
