#include "report/powerbi_pages.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/report_stores.h"

namespace churnstream {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Not;

std::vector<std::string> titles(const PowerBiPage& page) {
  std::vector<std::string> all;
  for (const PowerBiRow& row : page.rows)
    for (const PowerBiVisual& visual : row.visuals) all.push_back(visual.title);
  return all;
}

const std::vector<ReportColumn> kTelco{
    text("GENDER"),   text("INTERNETSERVICE"),  text("PAYMENTMETHOD"), text("MULTIPLELINES"),
    number("TENURE"), number("MONTHLYCHARGES"), number("TOTALCHARGES")};

TEST(PowerBiPages, TheOriginalsEightVisualsStandAboveTheirTwins) {
  const PowerBiPages made = powerbi_pages(store_with(kTelco));
  EXPECT_THAT(made.left_out, IsEmpty());
  EXPECT_THAT(titles(made.pages.front()),
              ElementsAre("Count of CHURN", "Sum of TOTALCHARGES", "Sum of MONTHLYCHARGES", "Sum of TENURE",
                          "Count of MULTIPLELINES", "Predicted to leave", "TOTALCHARGES predicted to leave",
                          "MONTHLYCHARGES predicted to leave", "TENURE predicted to leave",
                          "MULTIPLELINES predicted to leave", "Count of CHURN by GENDER",
                          "Count of CHURN by INTERNETSERVICE", "Sum of MONTHLYCHARGES by PAYMENTMETHOD",
                          "Predicted to leave by GENDER", "Predicted to leave by INTERNETSERVICE",
                          "MONTHLYCHARGES predicted to leave by PAYMENTMETHOD"));
}

TEST(PowerBiPages, AVisualWithoutItsColumnIsLeftOutWithItsTwinAndNamed) {
  std::vector<ReportColumn> customers = kTelco;
  customers.erase(customers.begin());  // GENDER
  customers.pop_back();                // TOTALCHARGES
  const PowerBiPages made = powerbi_pages(store_with(customers));
  EXPECT_THAT(made.left_out, ElementsAre("Sum of TOTALCHARGES", "Count of CHURN by GENDER"));
  EXPECT_THAT(titles(made.pages.front()), Not(Contains("TOTALCHARGES predicted to leave")));
  EXPECT_THAT(titles(made.pages.front()), Not(Contains("Predicted to leave by GENDER")));
}

TEST(PowerBiPages, ATextThatShouldBeSummedIsLeftOut) {
  const PowerBiPages made = powerbi_pages(store_with({text("TENURE")}));
  EXPECT_THAT(made.left_out, Contains("Sum of TENURE"));
}

TEST(PowerBiPages, WhoIsAtRiskIsShownForAnyCustomers) {
  const PowerBiPages made = powerbi_pages(store_with({}));
  EXPECT_THAT(titles(made.pages.front()), ElementsAre("Count of CHURN", "Predicted to leave"));
  EXPECT_THAT(titles(made.pages.back()),
              ElementsAre("Number of customers", "Predicted to leave", "Share predicted to leave",
                          "Customers at high risk", "Revenue at risk", "As of", "Customers by risk band",
                          "Revenue at risk by risk band", "Top customers"));
}

TEST(PowerBiPages, BandsStandInTheOrderOfTheirProbabilityWhateverTheyShow) {
  const PowerBiPages made = powerbi_pages(store_with({}));
  for (const PowerBiVisual& visual : made.pages.back().rows[1].visuals)
    EXPECT_EQ(visual.most_first->name, "Average probability") << visual.title;
}

TEST(PowerBiPages, WithoutAValueTheMostLikelyToLeaveComeFirst) {
  ReportStore store = store_with({});
  EXPECT_EQ(powerbi_pages(store).pages.back().rows.back().visuals.front().most_first->name,
            "Revenue at risk");
  store.value.clear();
  EXPECT_EQ(powerbi_pages(store).pages.back().rows.back().visuals.front().most_first->name,
            "Average probability");
}

}  // namespace
}  // namespace churnstream
