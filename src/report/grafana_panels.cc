#include "report/grafana_panels.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "base/sql_text.h"

namespace churnstream {
namespace {

constexpr std::size_t kSegmentsMax = 4;            // a row of panels
constexpr std::size_t kDetailsMax = 8;             // columns that a table still shows side by side
constexpr int kBarsMax = 20, kCustomersMax = 100;  // a column of many texts still makes a readable panel

std::string in_sql(const ReportTable& table) { return sql_name(table.schema) + "." + sql_name(table.name); }

// Money is summed over scores, one row per customer, never over events.
void add_figures(const ReportStore& store, std::vector<GrafanaPanel>& panels) {
  const std::string from = " FROM " + in_sql(*store.scores);
  const auto figure = [&](const char* title, const char* sentence, const std::string& what,
                          const char* unit) {
    panels.push_back({"stat", title, sentence, "SELECT " + what + from, unit, false, 4, 4});
  };
  figure("Customers", "With a score.", "count(*) AS \"customers\"", "locale");
  figure("Predicted to leave", "By the predicted class.",
         fmt::format("count(*) FILTER (WHERE prediction = {}) AS \"predicted to leave\"",
                     sql_text(store.positive)),
         "locale");
  figure("At high risk", "In the high risk band.",
         "count(*) FILTER (WHERE risk_band = 'high') AS \"at high risk\"", "locale");
  figure("Flagged", "At or above the pipeline's threshold.", "count(*) FILTER (WHERE flagged) AS \"flagged\"",
         "locale");
  figure("Revenue at risk", "The sum of probability x value over the customers.",
         "sum(expected_loss) AS \"revenue at risk\"", "locale");
  figure("As of", "When the newest score was made.", "max(scored_at) AS \"as of\"", "dateTimeAsIso");
}

void add_bands(const ReportStore& store, std::vector<GrafanaPanel>& panels) {
  const std::string end =
      " FROM " + in_sql(*store.scores) + " GROUP BY risk_band ORDER BY avg(probability) DESC";
  panels.push_back({"barchart", "Customers by risk band", "From high to low.",
                    "SELECT risk_band, count(*) AS \"customers\"" + end, "locale", false, 12, 8});
  panels.push_back({"barchart", "Revenue at risk by risk band", "From high to low.",
                    "SELECT risk_band, sum(expected_loss) AS \"revenue at risk\"" + end, "locale", false, 12,
                    8});
}

void add_customers_at_risk(const ReportStore& store, std::vector<GrafanaPanel>& panels) {
  std::string more;
  std::size_t count = 0;
  for (const ReportColumn& column : store.scores->columns) {
    if (!column.is_customers || count == kDetailsMax) continue;
    more += ", " + sql_name(column.source);
    ++count;
  }
  panels.push_back(
      {"table", "Customers at risk", "Most expected loss first, then most likely to leave.",
       fmt::format(
           "SELECT customer_id, probability, risk_band, expected_loss, prediction, event_time{} FROM {}"
           " ORDER BY expected_loss DESC NULLS LAST, probability DESC, customer_id LIMIT {}",
           more, in_sql(*store.scores), kCustomersMax),
       "short", false, 24, 10});
}

// The customers' texts that make segments: those a telecom company looks at first, then any.
std::vector<std::string> segments(const ReportTable& scores) {
  std::vector<std::string> all, chosen;
  for (const ReportColumn& column : scores.columns)
    if (column.is_customers && column.kind == ReportKind::text) all.push_back(column.source);
  const std::array<std::string, kSegmentsMax> first{"Contract", "InternetService", "PaymentMethod", "gender"};
  const auto is_first = [&](const std::string& name) {
    return std::find(first.begin(), first.end(), name) != first.end();
  };
  for (const std::string& name : first)
    if (std::find(all.begin(), all.end(), name) != all.end()) chosen.push_back(name);
  for (const std::string& name : all)
    if (chosen.size() < kSegmentsMax && !is_first(name)) chosen.push_back(name);
  return chosen;
}

void add_segments(const ReportStore& store, std::vector<GrafanaPanel>& panels) {
  for (const std::string& name : segments(*store.scores))
    panels.push_back(
        {"barchart", "Predicted to leave by " + name, "The segments with the most customers.",
         fmt::format(
             "SELECT coalesce({0}, '(none)') AS \"segment\", count(*) FILTER (WHERE prediction = {1}) AS"
             " \"predicted to leave\", count(*) FILTER (WHERE prediction <> {1}) AS \"predicted to stay\""
             " FROM {2} GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT {3}",
             sql_name(name), sql_text(store.positive), in_sql(*store.scores), kBarsMax),
         "locale", false, 6, 8});
}

void add_events(const ReportStore& store, std::vector<GrafanaPanel>& panels) {
  const std::string from = " FROM " + in_sql(*store.events);
  panels.push_back({"timeseries", "Scores over time", "By the time of the event.",
                    "SELECT $__timeGroupAlias(event_time, $__interval), avg(probability) AS"
                    " \"average probability\", avg(CASE WHEN risk_band = 'high' THEN 1.0 ELSE 0.0 END) AS"
                    " \"share at high risk\"" +
                        from + " WHERE $__timeFilter(event_time) GROUP BY 1 ORDER BY 1",
                    "percentunit", true, 12, 8});
  panels.push_back({"timeseries", "Throughput", "Rows scored a second, by the time they were scored.",
                    "SELECT $__timeGroupAlias(scored_at, $__interval), count(*) * 1000.0 / $__interval_ms AS"
                    " \"rows a second\"" +
                        from + " WHERE $__timeFilter(scored_at) GROUP BY 1 ORDER BY 1",
                    "rowsps", true, 12, 8});
}

void add_refused(const ReportStore& store, std::vector<GrafanaPanel>& panels) {
  panels.push_back({"table", "Rows the store refused",
                    "By its reason; rows refused elsewhere are in the "
                    "pipeline's refused place.",
                    fmt::format("SELECT reason, count(*) AS \"rows\" FROM {} GROUP BY reason ORDER BY 2 DESC,"
                                " 1 LIMIT {}",
                                in_sql(*store.refused), kBarsMax),
                    "locale", false, 12, 8});
}

}  // namespace

GrafanaPanels grafana_panels(const ReportStore& store) {
  GrafanaPanels made;
  if (store.scores) {
    add_figures(store, made.panels);
    add_bands(store, made.panels);
    add_segments(store, made.panels);
    add_customers_at_risk(store, made.panels);
    if (store.value.empty())
      made.notes.emplace_back(
          "Revenue at risk stays empty: the pipeline's [score] names no value column of the customers.");
  } else {
    made.notes.emplace_back(
        "Left out is what needs each customer's newest score: the sink's tables are without churn_scores.");
  }
  if (store.events)
    add_events(store, made.panels);
  else
    made.notes.emplace_back("Left out is what goes over time: the sink's tables are without churn_events.");
  if (store.refused) add_refused(store, made.panels);
  return made;
}

}  // namespace churnstream
