#include "command/report_stores.h"

#include <fmt/format.h>

#include "base/ascii.h"
#include "sink/view_column.h"
#ifdef CHURNSTREAM_HAS_POSTGRES
#include "sink/postgres_settings.h"
#include "sink/postgres_view.h"
#endif
#ifdef CHURNSTREAM_HAS_SNOWFLAKE
#include "sink/snowflake_schema.h"
#include "sink/snowflake_settings.h"
#endif

namespace churnstream {
namespace {

[[maybe_unused]] ReportKind report_kind(RecordKind kind) {
  switch (kind) {
    case RecordKind::text: return ReportKind::text;
    case RecordKind::number: return ReportKind::number;
    case RecordKind::flag: return ReportKind::flag;
    case RecordKind::integer: return ReportKind::integer;
    case RecordKind::time: return ReportKind::time;
  }
  return ReportKind::text;
}

enum class Names { as_they_are, upper };

// The columns of churn_scores and churn_events, as they are made.
[[maybe_unused]] std::vector<ReportColumn> stored_columns(const ScoredRecord& record, Names names) {
  std::vector<ReportColumn> columns;
  for (const RecordColumn& column : record.columns()) {
    const std::string name = names == Names::upper ? upper_ascii(column.name) : column.name;
    const bool is_customers = columns.size() >= own_record_columns().size();
    columns.push_back({name, name, report_kind(column.kind), is_customers});
  }
  return columns;
}

// `view` is "SCHEMA.NAME"; `id` is what it shows as the customer's id.
[[maybe_unused]] void show_view(ReportStore& store, const std::string& view,
                                const std::vector<ViewColumn>& columns, const std::string& id) {
  const std::size_t dot = view.find('.');
  ReportTable table{view.substr(0, dot), view.substr(dot + 1), true, {}};
  for (const ViewColumn& column : columns) {
    table.columns.push_back({column.name, column.name, report_kind(column.kind), column.is_customers});
    if (column.shows == id) store.key = column.name;
  }
  store.customers = std::move(table);
}

// churn_scores under the names that the view would have: its prediction is CHURN.
[[maybe_unused]] void show_scores(ReportStore& store) {
  ReportTable table = *store.scores;
  std::erase_if(table.columns, [](const ReportColumn& column) {
    return column.is_customers && upper_ascii(column.name) == "CHURN";
  });
  for (ReportColumn& column : table.columns) {
    column.name = upper_ascii(column.name);
    if (!column.is_customers && column.name == "PREDICTION") column.name = "CHURN";
  }
  store.key = "CUSTOMER_ID";
  store.customers = std::move(table);
}

// What the scores mean, whatever the store.
[[maybe_unused]] void say_what_scores_mean(ReportStore& store, const ScoreTerms& terms) {
  store.positive = terms.class_labels[terms.positive_class];
  if (!store.customers || terms.value_column.empty()) return;
  const ReportColumn* value = store.customers->find(upper_ascii(terms.value_column));
  if (value != nullptr && value->is_customers) store.value = value->name;
}

}  // namespace

#ifdef CHURNSTREAM_HAS_POSTGRES
namespace {

std::string setting(const PostgresSettings& settings, const char* name) {
  const auto found = settings.libpq.find(name);
  return found == settings.libpq.end() ? std::string() : found->second;
}

// The first of several; a socket's folder and libpq's own "this machine" are no place for others.
std::string server_of(const PostgresSettings& settings) {
  std::string host = setting(settings, "host"), port = setting(settings, "port");
  if (host.empty()) host = setting(settings, "hostaddr");
  host = host.substr(0, host.find(','));
  port = port.substr(0, port.find(','));
  if (host.empty() || host.starts_with('/') || host.starts_with('@')) return {};
  return port.empty() || port == "5432" ? host : host + ":" + port;
}

}  // namespace

Result<ReportStore> postgres_report_store(const Config& config, const Assignment& wanted) {
  CHURNSTREAM_TRY_ASSIGN(const PostgresSettings settings, postgres_settings_of(config));
  CHURNSTREAM_TRY_ASSIGN(const ScoredRecord record, ScoredRecord::make(*wanted.columns, *wanted.terms));
  ReportStore store;
  store.server = server_of(settings);
  // libpq takes a whole connection string here, too, and that may hold a password.
  const std::string database = setting(settings, "dbname");
  if (database.find_first_of("=/") == std::string::npos) store.database = database;
  const auto table = [&](const char* name) {
    return ReportTable{settings.schema, name, false, stored_columns(record, Names::as_they_are)};
  };
  if (settings.has_scores) store.scores = table("churn_scores");
  if (settings.has_events) store.events = table("churn_events");
  store.refused = ReportTable{settings.schema, "churn_refused", false, {}};
  if (!settings.view.empty())
    show_view(store, settings.view, postgres_view_columns(*wanted.columns, wanted.terms->key_column),
              "customer_id");
  else if (store.scores)
    show_scores(store);
  say_what_scores_mean(store, *wanted.terms);
  return store;
}
#endif

#ifdef CHURNSTREAM_HAS_SNOWFLAKE
Result<ReportStore> snowflake_report_store(const Config& config, const Assignment& wanted) {
  CHURNSTREAM_TRY_ASSIGN(const SnowflakeSettings settings, snowflake_place_of(config));
  CHURNSTREAM_TRY_ASSIGN(const ScoredRecord record, ScoredRecord::make(*wanted.columns, *wanted.terms));
  ReportStore store;
  store.type = ReportStore::Type::snowflake;
  store.server = settings.url.substr(settings.url.find("://") + 3);
  store.database = settings.database;
  store.warehouse = settings.warehouse;
  if (settings.has_scores) {
    const bool is_view = settings.mode == SnowflakeSettings::Mode::streaming;
    store.scores =
        ReportTable{settings.schema, "CHURN_SCORES", is_view, stored_columns(record, Names::upper)};
  }
  if (!settings.view.empty())
    show_view(store, settings.view, snowflake_view_columns(*wanted.columns, *wanted.terms), "s.CUSTOMER_ID");
  else if (store.scores)
    show_scores(store);
  say_what_scores_mean(store, *wanted.terms);
  return store;
}
#endif

}  // namespace churnstream
