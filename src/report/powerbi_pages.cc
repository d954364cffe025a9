#include "report/powerbi_pages.h"

#include "report/original_columns.h"
#include "report/powerbi_measures.h"

namespace churnstream {
namespace {

using Field = PowerBiField;
using Kind = PowerBiField::Kind;

Field measure(std::string name) { return {Kind::measure, std::move(name)}; }

PowerBiVisual card(Field field, std::string title) {
  return {"card", std::move(title), {{"Values", {std::move(field)}}}, {}};
}

PowerBiVisual chart(const char* type, std::string title, const std::string& category, const Field& value) {
  return {type, std::move(title), {{"Category", {{Kind::column, category}}}, {"Y", {value}}}, value};
}

// The original's page and, below each row of it, the same of the customers predicted to leave.
struct OriginalPage {
  const ReportTable& customers;
  PowerBiRow cards{2, {}}, leaving_cards{2, {}}, charts{5, {}}, leaving_charts{5, {}};
  std::vector<std::string> left_out;

  void add_cards() {
    cards.visuals.push_back(card({Kind::count, "CHURN"}, "Count of CHURN"));
    leaving_cards.visuals.push_back(card(measure(kLeaving), kLeaving));
    for (const OriginalColumn& column : original_columns(customers)) {
      const bool is_sum = column.kind == ReportKind::number;
      const std::string title = std::string(is_sum ? "Sum of " : "Count of ") + column.name;
      if (!column.is_there) {
        left_out.push_back(title);
        continue;
      }
      cards.visuals.push_back(card({is_sum ? Kind::sum : Kind::count, column.name}, title));
      const std::string twin = leaving_measure(column.name);
      leaving_cards.visuals.push_back(card(measure(twin), twin));
    }
  }

  void add_chart(const char* type, const char* category, const Field& value, const std::string& of,
                 const std::string& leaving) {
    const std::string by = std::string(" by ") + category;
    const bool has_value =
        value.kind == Kind::count || has_column(customers, value.name.c_str(), ReportKind::number);
    if (!has_value || !has_column(customers, category, ReportKind::text)) {
      left_out.push_back(of + by);
      return;
    }
    charts.visuals.push_back(chart(type, of + by, category, value));
    leaving_charts.visuals.push_back(chart(type, leaving + by, category, measure(leaving)));
  }

  PowerBiPage page() {
    add_cards();
    const Field churn{Kind::count, "CHURN"};
    add_chart("donutChart", "GENDER", churn, "Count of CHURN", kLeaving);
    add_chart("clusteredBarChart", "INTERNETSERVICE", churn, "Count of CHURN", kLeaving);
    add_chart("clusteredColumnChart", "PAYMENTMETHOD", {Kind::sum, "MONTHLYCHARGES"}, "Sum of MONTHLYCHARGES",
              leaving_measure("MONTHLYCHARGES"));
    return {"Churn", {cards, leaving_cards, charts, leaving_charts}};
  }
};

// A band's average probability puts the bands in their order: they are stretches of it.
PowerBiVisual by_band(const char* type, std::string title, const Field& value) {
  PowerBiVisual visual = chart(type, std::move(title), "RISK_BAND", value);
  visual.roles.push_back({"Tooltips", {measure(kProbability)}});
  visual.most_first = measure(kProbability);
  return visual;
}

PowerBiVisual top_customers(const ReportStore& store) {
  std::vector<Field> fields;
  if (!store.key.empty()) fields.push_back({Kind::column, store.key});
  for (const char* column : {"CHURN", "RISK_BAND"}) fields.push_back({Kind::column, column});
  fields.push_back(measure(kProbability));
  fields.push_back(measure(kRevenueAtRisk));
  if (!store.value.empty()) fields.push_back({Kind::sum, store.value});
  fields.push_back({Kind::column, "EVENT_TIME"});
  return {"tableEx",
          "Top customers",
          {{"Values", fields}},
          measure(store.value.empty() ? kProbability : kRevenueAtRisk)};
}

PowerBiPage risk_page(const ReportStore& store) {
  PowerBiRow cards{2, {}};
  for (const char* name : {kCustomers, kLeaving, kLeavingShare, kHighRisk, kRevenueAtRisk, kAsOf})
    cards.visuals.push_back(card(measure(name), name));
  return {"Who is at risk",
          {cards,
           {5,
            {by_band("clusteredColumnChart", "Customers by risk band", measure(kCustomers)),
             by_band("clusteredColumnChart", "Revenue at risk by risk band", measure(kRevenueAtRisk))}},
           {6, {top_customers(store)}}}};
}

}  // namespace

PowerBiPages powerbi_pages(const ReportStore& store) {
  OriginalPage original{*store.customers};
  PowerBiPages pages{{original.page(), risk_page(store)}, original.left_out};
  for (PowerBiPage& page : pages.pages)
    std::erase_if(page.rows, [](const PowerBiRow& row) { return row.visuals.empty(); });
  return pages;
}

}  // namespace churnstream
