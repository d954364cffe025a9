#include "report/grafana_dashboard.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "report/grafana_panels.h"

namespace churnstream {
namespace {

using testing::AllOf;
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

ReportStore postgres_store() {
  ReportStore store;
  store.positive = "it's \"gone\"";
  store.value = "CHARGES";
  store.scores = ReportTable{"sche\"ma",
                             "churn_scores",
                             false,
                             {{"customer_id", "customer_id", ReportKind::text, false},
                              {"a", "a", ReportKind::text, true},
                              {"charges", "charges", ReportKind::number, true},
                              {"b", "b", ReportKind::text, true},
                              {"Contract", "Contract", ReportKind::text, true},
                              {"c", "c", ReportKind::text, true},
                              {"d", "d", ReportKind::text, true}}};
  store.events = store.refused = store.scores;
  return store;
}

std::vector<std::string> titles(const ReportStore& store) {
  std::vector<std::string> all;
  for (const GrafanaPanel& panel : grafana_panels(store).panels) all.push_back(panel.title);
  return all;
}

TEST(GrafanaDashboard, NamesAndTextsAreQuotedInItsSql) {
  for (const GrafanaPanel& panel : grafana_panels(postgres_store()).panels)
    EXPECT_THAT(panel.sql, HasSubstr("FROM \"sche\"\"ma\".\"churn_scores\"")) << panel.title;
  EXPECT_THAT(grafana_panels(postgres_store()).panels[1].sql, HasSubstr("prediction = 'it''s \"gone\"'"));
}

TEST(GrafanaDashboard, SegmentsAreWhatATelecomCompanyLooksAtFirstThenAnyText) {
  std::vector<std::string> segments;
  for (const std::string& title : titles(postgres_store()))
    if (title.starts_with("Predicted to leave by ")) segments.push_back(title.substr(22));
  EXPECT_THAT(segments, ElementsAre("Contract", "a", "b", "c"));
}

TEST(GrafanaDashboard, PanelsOnTablesThatAreNotThereAreLeftOutAndSaid) {
  ReportStore store = postgres_store();
  store.events.reset();
  EXPECT_THAT(titles(store), AllOf(Not(Contains("Throughput")), Contains("Customers at risk")));
  EXPECT_THAT(grafana_panels(store).notes, ElementsAre(HasSubstr("without churn_events")));
  store = postgres_store();
  store.scores.reset();
  store.refused.reset();
  EXPECT_THAT(titles(store), ElementsAre("Scores over time", "Throughput"));
}

TEST(GrafanaDashboard, TheSameStoreHasTheSameIdAndAnotherAnother) {
  const auto uid = [](const ReportStore& store) {
    return nlohmann::json::parse(make_grafana_dashboard(store).files.at("churn.json"))["uid"];
  };
  ReportStore other = postgres_store();
  other.database = "other";
  EXPECT_EQ(uid(postgres_store()), uid(postgres_store()));
  EXPECT_NE(uid(postgres_store()), uid(other));
}

}  // namespace
}  // namespace churnstream
