#include "dashboard/store_answers.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "dashboard/query.h"
#include "dashboard/store_questions.h"
#include "testing/fake_history.h"

namespace churnstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::Pair;

struct Desk {
  ManualClock clock{1'700'000'000'000'000};
  FakeHistory history{clock};
  PageResponse get(std::string_view target) {
    return answer_from_store({.method = "GET", .target = target}, history, {.hidden_columns = {"gender"}});
  }
  nlohmann::json json(std::string_view target) { return nlohmann::json::parse(get(target).body); }
  std::string problem(std::string_view target) {
    const PageResponse answer = get(target);
    return std::to_string(answer.status) + " " +
           nlohmann::json::parse(answer.body)["detail"].get<std::string>();
  }
};

CustomerScore ann() {
  return {.customer_id = "ann",
          .probability = 0.1 + 0.2,
          .prediction = "No",
          .risk_band = "medium",
          .flagged = true,
          .model = "abc",
          .value = 70,
          .expected_loss = std::numeric_limits<double>::quiet_NaN(),
          .event_time_us = 1};
}

TEST(StoreAnswers, EveryParameterReachesTheStore) {
  Desk desk;
  desk.get(
      "/api/v1/customers?band=high&flagged=true&search=75&where=Contract%3AOne%20year&where=tenure:12..24"
      "&sort=probability&order=asc&limit=7&cursor=a%2Fb");
  const CustomerQuery& asked = desk.history.asked_for;
  EXPECT_EQ(asked.filter.risk_band, "high");
  EXPECT_EQ(asked.filter.flagged, true);
  EXPECT_EQ(asked.filter.id_prefix, "75");
  EXPECT_THAT(asked.filter.where, ElementsAre(Pair("Contract", "One year"), Pair("tenure", "12..24")));
  EXPECT_EQ(asked.order, CustomerOrder::probability);
  EXPECT_TRUE(asked.ascending);
  EXPECT_EQ(asked.limit, 7u);
  EXPECT_EQ(asked.after, "a/b");
}

TEST(StoreAnswers, APageNamesItsLastCustomerForTheNextOne) {
  Desk desk;
  desk.history.page = {.customers = {ann()}, .total = 2, .has_more = true};
  const nlohmann::json page = desk.json("/api/v1/customers");
  EXPECT_EQ(page["total"], 2);
  EXPECT_EQ(page["next_cursor"], "ann");
  EXPECT_EQ(page["customers"][0]["probability"].get<double>(), 0.1 + 0.2);
  EXPECT_TRUE(page["customers"][0]["expected_loss"].is_null());
  desk.history.page.has_more = false;
  EXPECT_TRUE(desk.json("/api/v1/customers")["next_cursor"].is_null());
}

TEST(StoreAnswers, ACustomerComesWithDataAndPastScoresButWithoutWhatIsHidden) {
  Desk desk;
  desk.history.detail = CustomerDetail{ann(),
                                       {{"gender", std::string("Female")},
                                        {"Contract", std::string("One year")},
                                        {"tenure", 12.5},
                                        {"note", {}}},
                                       {{.event_time_us = 5,
                                         .probability = 0.25,
                                         .prediction = "No",
                                         .partition = {"churn", 3},
                                         .offset = Offset{9}}}};
  const nlohmann::json one = desk.json("/api/v1/customers/a%20n%2Fn");
  EXPECT_EQ(desk.history.asked_for.after, "a n/n");
  EXPECT_EQ(one["customer"]["data"].dump(), R"({"Contract":"One year","note":null,"tenure":12.5})");
  EXPECT_EQ(one["history"][0]["source_partition"], 3);
  EXPECT_EQ(one["history"][0]["event_time"], "1970-01-01T00:00:00.000005Z");
  EXPECT_TRUE(one["reasons"].is_null());
}

TEST(StoreAnswers, SegmentsCarryTheirAxesAndNullForWhatIsUnknown) {
  Desk desk;
  desk.history.parts = {{.values = {"Two year", std::nullopt},
                         .customers = 3,
                         .flagged = 1,
                         .mean_probability = 0.5,
                         .value = std::numeric_limits<double>::quiet_NaN()}};
  const nlohmann::json found = desk.json("/api/v1/segments?by=Contract,tenure:12&band=low");
  EXPECT_EQ(found["by"].dump(), R"(["Contract","tenure"])");
  EXPECT_EQ(found["cells"][0]["values"].dump(), R"(["Two year",null])");
  EXPECT_TRUE(found["cells"][0]["value"].is_null());
  ASSERT_EQ(desk.history.asked_axes.size(), 2u);
  EXPECT_EQ(desk.history.asked_axes[1].width, 12);
  EXPECT_EQ(desk.history.asked_for.filter.risk_band, "low");
}

// A desk over a fake store that the test still sees.
struct KeptDesk {
  explicit KeptDesk(ManualClock& on) : clock(on) {
    auto fake = std::make_unique<FakeHistory>(clock);
    history = fake.get();
    desk = std::make_unique<StoreDesk>(std::move(fake), Telling{}, std::chrono::seconds(1), clock);
  }
  PageResponse get(std::string_view target) { return desk->answer({.method = "GET", .target = target}); }
  ManualClock& clock;
  FakeHistory* history = nullptr;
  std::unique_ptr<StoreDesk> desk;
};

TEST(StoreDesk, TheStoreIsAskedOnceInAnIntervalForEverybody) {
  ManualClock clock{1'700'000'000'000'000};
  KeptDesk kept(clock);
  kept.history->page.total = 1;
  const std::string first = kept.get("/api/v1/customers?band=high").body;
  kept.history->page.total = 2;
  for (int viewer = 0; viewer < 100; ++viewer) EXPECT_EQ(kept.get("/api/v1/customers?band=high").body, first);
  EXPECT_EQ(kept.history->asked, 1);
  kept.get("/api/v1/customers?band=low");
  kept.get("/api/v1/segments?by=Contract");
  EXPECT_EQ(kept.history->asked, 3);
  clock.advance(std::chrono::milliseconds(1'000));
  EXPECT_NE(kept.get("/api/v1/customers?band=high").body, first);
  EXPECT_EQ(kept.history->asked, 4);
}

TEST(StoreDesk, ASlowStoreIsAskedLessOften) {
  ManualClock clock{1'700'000'000'000'000};
  KeptDesk kept(clock);
  kept.history->takes = std::chrono::milliseconds(300);
  kept.get("/api/v1/customers");
  clock.advance(std::chrono::milliseconds(2'600));
  kept.get("/api/v1/customers");
  EXPECT_EQ(kept.history->asked, 1);
  clock.advance(std::chrono::milliseconds(100));
  kept.get("/api/v1/customers");
  EXPECT_EQ(kept.history->asked, 2);
}

TEST(StoreDesk, TroubleIsNotKeptAndNeitherIsMoreThanFits) {
  ManualClock clock{1'700'000'000'000'000};
  KeptDesk kept(clock);
  kept.history->trouble = "locked";
  EXPECT_EQ(kept.get("/api/v1/customers").status, 503u);
  kept.history->trouble.clear();
  EXPECT_EQ(kept.get("/api/v1/customers").status, 200u);
  CustomerScore long_one;
  long_one.customer_id = std::string(3 << 20, 'x');
  kept.history->page.customers = {long_one};
  for (const char* target :
       {"/api/v1/customers?limit=1", "/api/v1/customers?limit=2", "/api/v1/customers?limit=3"})
    kept.get(target);
  EXPECT_EQ(kept.history->asked, 5);
  kept.get("/api/v1/customers?limit=3");
  EXPECT_EQ(kept.history->asked, 5);
  kept.get("/api/v1/customers?limit=1");
  EXPECT_EQ(kept.history->asked, 6);
}

TEST(StoreAnswers, SumsOfFewerThanTwentyCustomersAreNotTold) {
  Desk desk;
  desk.history.parts = {
      {.values = {"Credit card"}, .customers = 20, .sums = {1400.5, std::numeric_limits<double>::infinity()}},
      {.values = {"Mailed check"}, .customers = 19, .sums = {1300, 1}}};
  const nlohmann::json found = desk.json("/api/v1/segments?by=PaymentMethod&sum=MonthlyCharges,tenure");
  EXPECT_THAT(desk.history.asked_sums, ElementsAre("MonthlyCharges", "tenure"));
  EXPECT_EQ(found["cells"][0]["sums"].dump(), R"({"MonthlyCharges":1400.5,"tenure":null})");
  EXPECT_EQ(found["cells"][1]["sums"].dump(), R"({"MonthlyCharges":null,"tenure":null})");
  EXPECT_EQ(found["cells"][1]["customers"], 19);
}

TEST(StoreAnswers, NobodyFiltersSplitsOrSumsUpByWhatIsHidden) {
  Desk desk;
  for (const char* target :
       {"/api/v1/customers?where=gender:Male", "/api/v1/segments?by=gender",
        "/api/v1/segments?by=Contract&where=gender:Male", "/api/v1/segments?by=Contract&sum=gender"})
    EXPECT_THAT(desk.problem(target), HasSubstr("gender is hidden on this page")) << target;
  EXPECT_EQ(desk.history.asked, 0);
}

TEST(StoreAnswers, WhatCannotBeMeantIsToldAndNotAsked) {
  Desk desk;
  EXPECT_THAT(desk.problem("/api/v1/customers?bands=high"),
              HasSubstr("400 reading the parameter bands: there is none"));
  EXPECT_THAT(desk.problem("/api/v1/customers?band=dark"), HasSubstr("one of low, medium, high"));
  EXPECT_THAT(desk.problem("/api/v1/customers?flagged=1"), HasSubstr("one of false, true"));
  for (const char* limit : {"0", "501", "-1", "1e2", "12x", "", "99999999999999999999"})
    EXPECT_THAT(desk.problem(std::string("/api/v1/customers?limit=") + limit), HasSubstr("from 1 to 500"))
        << limit;
  EXPECT_THAT(desk.problem("/api/v1/customers?sort=gender"), HasSubstr("one of expected_loss"));
  EXPECT_THAT(desk.problem("/api/v1/customers?where=Contract"), HasSubstr("a column and a value"));
  EXPECT_THAT(desk.problem("/api/v1/segments?by=tenure:wide"), HasSubstr("the width of a step"));
  EXPECT_THAT(desk.problem("/api/v1/segments?by=a,b,c,d"), HasSubstr("at most 3"));
  EXPECT_THAT(desk.problem("/api/v1/segments?sum=a,b,c,d,e"), HasSubstr("at most 4"));
  EXPECT_THAT(desk.problem("/api/v1/segments?limit=5"), HasSubstr("none of this name"));
  EXPECT_EQ(desk.history.asked, 0);
}

TEST(StoreAnswers, NobodyIs404ATroubledStore503AndAMistakenQuestion400) {
  Desk desk;
  EXPECT_EQ(desk.get("/api/v1/customers/nobody").status, 404u);
  EXPECT_EQ(desk.get("/api/v1/customers/a/b").status, 404u);
  desk.history.mistake = "they have no such column";
  EXPECT_THAT(desk.problem("/api/v1/customers?where=x:1"),
              HasSubstr("400 asking the store it: they have no such column"));
  desk.history.trouble = "database is locked";
  for (const char* target : {"/api/v1/customers", "/api/v1/customers/ann", "/api/v1/segments"})
    EXPECT_THAT(desk.problem(target), HasSubstr("503 reading churn.db: database is locked")) << target;
}

}  // namespace
}  // namespace churnstream
