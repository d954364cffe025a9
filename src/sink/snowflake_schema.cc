#include "sink/snowflake_schema.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "base/sql_text.h"

namespace churnstream {
namespace {

constexpr std::size_t kNameBytesMax = 255;

tl::unexpected<Error> differs(const SnowflakeSettings& settings, const std::string& what,
                              const std::string& hint) {
  return wrong("opening the store", settings.database + "." + settings.schema, what, hint);
}

// "NAME" VARCHAR, ...
std::string with_types(const std::vector<SnowflakeColumn>& columns) {
  std::string list;
  for (const SnowflakeColumn& column : columns)
    list += fmt::format("{}{} {}", list.empty() ? "" : ", ", sql_name(column.name),
                        snowflake_type(column.kind).name);
  return list;
}

enum class Making { done, left };  // what is missing is made, or only looked for

class Tables {
 public:
  Tables(SnowflakeCatalog& catalog, const SnowflakeSettings& settings,
         const std::vector<SnowflakeColumn>& columns, Making making)
      : catalog_(catalog), settings_(settings), columns_(columns), makes_(making == Making::done) {}

  Result<void> make_or_check() {
    CHURNSTREAM_TRY(make_or_check("CHURN_META", meta_columns()));
    if (makes_ || catalog_.has("CHURN_META")) CHURNSTREAM_TRY(check_version());
    if (settings_.has_events) CHURNSTREAM_TRY(make_or_check("CHURN_EVENTS", columns_));
    if (settings_.mode == SnowflakeSettings::Mode::streaming) {
      CHURNSTREAM_TRY(make_or_check("CHURN_FORGOTTEN", snowflake_tombstone_columns()));
      return settings_.has_scores ? make_scores_view() : Result<void>();
    }
    CHURNSTREAM_TRY(make_or_check("CHURN_POSITIONS", snowflake_position_columns()));
    if (settings_.has_scores) CHURNSTREAM_TRY(make_or_check("CHURN_SCORES", columns_));
    return {};
  }
  bool are_all_there() const { return are_all_there_; }

 private:
  static std::vector<SnowflakeColumn> meta_columns() {
    return {{"KEY", RecordKind::text}, {"VALUE", RecordKind::text}};
  }

  Result<void> make_or_check(const std::string& table, const std::vector<SnowflakeColumn>& columns) {
    if (catalog_.is_view(table))
      return differs(settings_, fmt::format("{} is a view, as mode = \"streaming\" makes it", table),
                     "use another schema for the other mode");
    if (catalog_.has(table)) return check(table, columns);
    are_all_there_ = false;
    if (!makes_) return {};
    CHURNSTREAM_TRY(catalog_.ask(fmt::format("CREATE TABLE IF NOT EXISTS {} ({})",
                                             snowflake_table(settings_, table), with_types(columns))));
    return {};
  }

  Result<void> check(const std::string& table, const std::vector<SnowflakeColumn>& columns) {
    SnowflakeCatalogTable found = catalog_.columns(table);
    std::string what, missing;
    const auto note = [&](const std::string& one) { what += (what.empty() ? "" : "; ") + one; };
    for (std::size_t index = 0; index < columns.size(); ++index) {
      const SnowflakeColumn& column = columns[index];
      const SnowflakeType type = snowflake_type(column.kind);
      const bool is_customers = &columns == &columns_ && index >= own_record_columns().size();
      const auto there = found.find(column.name);
      if (there == found.end() && settings_.adds_columns && is_customers)
        missing += fmt::format("{}{} {}", missing.empty() ? "" : ", ", sql_name(column.name), type.name);
      else if (there == found.end())
        note(fmt::format("{} has no column {}{}", table, column.name,
                         column.field.empty() ? "" : " for " + column.field));
      else if (there->second.type != type.in_catalog)
        note(fmt::format("{}.{} is {} and should be {}", table, column.name, there->second.type,
                         type.in_catalog));
      if (there != found.end()) found.erase(there);
    }
    for (const auto& [name, is] : found)
      if (!settings_.adds_columns || is.is_demanded)
        note(fmt::format("{} has a column {} that the rows do not", table, name));
    if (!what.empty())
      return differs(settings_, what,
                     settings_.adds_columns ? "use another schema, or change these tables"
                                            : "use another schema, change these tables, or let new_columns = "
                                              "\"add\" do what it can");
    if (!missing.empty() && makes_)
      CHURNSTREAM_TRY(catalog_.ask(
          fmt::format("ALTER TABLE {} ADD COLUMN {}", snowflake_table(settings_, table), missing)));
    return {};
  }

  Result<void> check_version() {
    const std::string meta = snowflake_table(settings_, "CHURN_META");
    const std::string version = std::to_string(kSnowflakeFormatVersion);
    const std::string question = fmt::format("SELECT VALUE FROM {} WHERE KEY = 'format_version'", meta);
    CHURNSTREAM_TRY_ASSIGN(const SnowflakeRows rows, catalog_.ask(question));
    // Several writers may find none at once: the same row twice does no harm.
    if (rows.empty() && makes_)
      CHURNSTREAM_TRY(catalog_.ask(
          fmt::format("INSERT INTO {} (KEY, VALUE) VALUES ('format_version', '{}')", meta, version)));
    for (const auto& row : rows)
      if (row.empty() || row[0] != version)
        return differs(settings_,
                       fmt::format("its format version is {} and this program writes {}",
                                   row.empty() ? "none" : row[0].value_or("none"), version),
                       "use another schema, or the program that made it");
    return {};
  }

  // Of each customer the newest event that no tombstone took away: one that is as new or newer, and did not
  // come before it in the same partition.
  Result<void> make_scores_view() {
    if (catalog_.has("CHURN_SCORES") && !catalog_.is_view("CHURN_SCORES"))
      return differs(settings_, "CHURN_SCORES is a table, as mode = \"merge\" makes it",
                     "use another schema for the other mode");
    if (catalog_.has("CHURN_SCORES")) return {};
    are_all_there_ = false;
    if (!makes_) return {};
    const std::string order =
        "e.EVENT_TIME DESC, e.SOURCE_TOPIC DESC, e.SOURCE_PARTITION DESC, e.SOURCE_OFFSET DESC";
    std::string names;
    for (const SnowflakeColumn& column : columns_)
      names += fmt::format("{}e.{}", names.empty() ? "" : ", ", sql_name(column.name));
    CHURNSTREAM_TRY(catalog_.ask(fmt::format(
        "CREATE VIEW IF NOT EXISTS {} AS SELECT {} FROM {} e LEFT JOIN {} g ON g.CUSTOMER_ID = e.CUSTOMER_ID "
        "AND {}"
        " AND NOT (e.SOURCE_TOPIC = g.SOURCE_TOPIC AND e.SOURCE_PARTITION = g.SOURCE_PARTITION"
        " AND e.SOURCE_OFFSET > g.SOURCE_OFFSET) WHERE g.CUSTOMER_ID IS NULL"
        " QUALIFY ROW_NUMBER() OVER (PARTITION BY e.CUSTOMER_ID ORDER BY {}) = 1",
        snowflake_table(settings_, "CHURN_SCORES"), names, snowflake_table(settings_, "CHURN_EVENTS"),
        snowflake_table(settings_, "CHURN_FORGOTTEN"), snowflake_is_newer("e", "<=", "g"), order)));
    return {};
  }

  SnowflakeCatalog& catalog_;
  const SnowflakeSettings& settings_;
  const std::vector<SnowflakeColumn>& columns_;
  const bool makes_;
  bool are_all_there_ = true;
};

}  // namespace

std::string snowflake_is_newer(const char* left, const char* relation, const char* right) {
  const std::string strict(1, relation[0]);
  return fmt::format(
      "({0}.EVENT_TIME {3} {2}.EVENT_TIME OR ({0}.EVENT_TIME = {2}.EVENT_TIME AND"
      " ({0}.SOURCE_TOPIC {3} {2}.SOURCE_TOPIC OR ({0}.SOURCE_TOPIC = {2}.SOURCE_TOPIC AND"
      " ({0}.SOURCE_PARTITION {3} {2}.SOURCE_PARTITION OR ({0}.SOURCE_PARTITION = {2}.SOURCE_PARTITION AND"
      " {0}.SOURCE_OFFSET {1} {2}.SOURCE_OFFSET))))))",
      left, relation, right, strict);
}

const std::vector<SnowflakeColumn>& snowflake_tombstone_columns() {
  static const std::vector<SnowflakeColumn> kColumns{{"CUSTOMER_ID", RecordKind::text},
                                                     {"EVENT_TIME", RecordKind::time},
                                                     {"SOURCE_TOPIC", RecordKind::text},
                                                     {"SOURCE_PARTITION", RecordKind::integer},
                                                     {"SOURCE_OFFSET", RecordKind::integer}};
  return kColumns;
}

std::vector<std::string> snowflake_table_names(const SnowflakeSettings& settings) {
  std::vector<std::string> names{"CHURN_META"};
  if (settings.has_events) names.push_back("CHURN_EVENTS");
  if (settings.mode == SnowflakeSettings::Mode::streaming) {
    names.push_back("CHURN_FORGOTTEN");
    return names;
  }
  names.push_back("CHURN_POSITIONS");
  if (settings.has_scores) names.push_back("CHURN_SCORES");
  return names;
}

const std::vector<std::string>& snowflake_place_columns() {
  static const std::vector<std::string> kColumns{"SOURCE_TOPIC", "SOURCE_PARTITION", "SOURCE_OFFSET"};
  return kColumns;
}

const std::vector<SnowflakeColumn>& snowflake_position_columns() {
  static const std::vector<SnowflakeColumn> kColumns{{"TOPIC", RecordKind::text},
                                                     {"PARTITION", RecordKind::integer},
                                                     {"NEXT", RecordKind::integer},
                                                     {"IDENTITY", RecordKind::text},
                                                     {"OWNER", RecordKind::text}};
  return kColumns;
}

Result<void> make_or_check_snowflake_tables(SnowflakeStatements& statements,
                                            const SnowflakeSettings& settings,
                                            const std::vector<SnowflakeColumn>& columns) {
  for (const SnowflakeColumn& column : columns)
    if (column.name.size() > kNameBytesMax)
      return wrong("laying out the tables, column", column.name,
                   fmt::format("Snowflake's names have at most {} bytes", kNameBytesMax),
                   "rename it in the data or choose [decode] columns without it");
  SnowflakeCatalog catalog(statements, settings);
  CHURNSTREAM_TRY(catalog.make_schema(settings.schema));
  CHURNSTREAM_TRY(catalog.look(settings.schema));
  return Tables(catalog, settings, columns, Making::done).make_or_check();
}

Result<bool> check_snowflake_tables(SnowflakeStatements& statements, const SnowflakeSettings& settings,
                                    const std::vector<SnowflakeColumn>& columns) {
  SnowflakeCatalog catalog(statements, settings);
  CHURNSTREAM_TRY(catalog.look(settings.schema));
  Tables tables(catalog, settings, columns, Making::left);
  CHURNSTREAM_TRY(tables.make_or_check());
  return tables.are_all_there();
}

// The original's table had the customers' columns, then CHURN and PREDICTION.
std::vector<ViewColumn> snowflake_view_columns(const Schema& customer, const ScoreTerms& terms) {
  std::string prediction = "CAST(CASE s.PREDICTION";
  for (std::size_t index = 0; index < terms.class_labels.size(); ++index)
    prediction += fmt::format(" WHEN {} THEN {}", snowflake_text(terms.class_labels[index]), index);
  prediction += " END AS DOUBLE)";
  std::vector<ViewColumn> ours{{"CHURN", "s.PREDICTION", own_record_kind("prediction")},
                               {"PREDICTION", prediction, RecordKind::number}};
  for (const char* column : {"probability", "risk_band", "expected_loss", "model", "event_time", "scored_at"})
    ours.push_back({upper_ascii(column), "s." + upper_ascii(column), own_record_kind(column)});
  return view_columns(customer, ours, [&](std::size_t index) {
    return "s." + (index == terms.key_column ? "CUSTOMER_ID" : sql_name(upper_ascii(customer[index].name)));
  });
}

Result<void> make_or_check_snowflake_view(SnowflakeStatements& statements, const SnowflakeSettings& settings,
                                          const Schema& customer, const ScoreTerms& terms) {
  const std::size_t dot = settings.view.find('.');
  const std::string schema = settings.view.substr(0, dot), name = settings.view.substr(dot + 1);
  const auto columns = snowflake_view_columns(customer, terms);
  SnowflakeCatalog catalog(statements, settings);
  CHURNSTREAM_TRY(catalog.make_schema(schema));
  CHURNSTREAM_TRY(catalog.look(schema));
  if (catalog.has(name)) {
    const SnowflakeCatalogTable& found = catalog.columns(name);
    bool is_ours = catalog.is_view(name);
    for (const ViewColumn& column : columns) is_ours = is_ours && found.contains(column.name);
    if (is_ours) return {};
    return wrong("opening the store", settings.view, "something of this name is there and has other columns",
                 "choose another name with view = \"SCHEMA.NAME\", or none with view = \"\"");
  }
  std::string list;
  for (const ViewColumn& column : columns)
    list += fmt::format("{}{} AS {}", list.empty() ? "" : ", ", column.shows, sql_name(column.name));
  CHURNSTREAM_TRY(catalog.ask(fmt::format("CREATE VIEW IF NOT EXISTS {}.{}.{} AS SELECT {} FROM {} s",
                                          sql_name(settings.database), sql_name(schema), sql_name(name), list,
                                          snowflake_table(settings, "CHURN_SCORES"))));
  return {};
}

}  // namespace churnstream
