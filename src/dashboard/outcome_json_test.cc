#include "dashboard/outcome_json.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "dashboard/dashboard.h"
#include "dashboard/store_answers.h"
#include "testing/fake_history.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr EpochMicros kNow = 1'700'000'000'000'000;

struct Asked {
  ManualClock clock{kNow};
  FakeHistory history{clock};
  OutcomeTerms terms{};
  PageResponse get(std::string_view target = "/api/v1/outcomes") {
    return answer_from_store({.method = "GET", .target = target}, history, {.outcomes = terms}, kNow);
  }
  nlohmann::json json() { return nlohmann::json::parse(get().body); }
};

TEST(Outcomes, BinsAndWhatACampaignCostsAreAllThereIsToTell) {
  Asked desk{.terms = {.delay = 48h, .customer_value = 300, .acceptance = 0.5}};
  desk.history.spread.left[99] = {7, 70.5};
  desk.history.spread.stayed[0] = {13, std::numeric_limits<double>::quiet_NaN()};
  const nlohmann::json found = desk.json();
  EXPECT_EQ(desk.history.asked_until_us, kNow - 172'800'000'000);
  EXPECT_EQ(found["state"], "known");
  EXPECT_EQ(found["customers"], 20);
  EXPECT_EQ(found["left"], 7);
  EXPECT_EQ(found["delay_s"], 172'800);
  EXPECT_EQ(found["campaign"].dump(),
            R"({"acceptance":0.5,"contact_cost":1.0,"customer_value":300.0,"offer_cost":10.0})");
  ASSERT_EQ(found["bins"].size(), 100u);
  EXPECT_EQ(found["bins"][99].dump(), R"({"left":7,"stayed":0,"value_left":70.5,"value_stayed":0.0})");
  EXPECT_TRUE(found["bins"][0]["value_stayed"].is_null());
}

TEST(Outcomes, FewerThanTwentyAreNotTold) {
  Asked desk;
  desk.history.spread.left[99] = {19, 70.5};
  EXPECT_EQ(desk.get().body, R"({"state":"too_few","least":20,"delay_s":0.0})");
}

TEST(Outcomes, TroubleIsAProblemThatPasses) {
  Asked desk;
  desk.history.trouble = "database is locked";
  const PageResponse answer = desk.get();
  EXPECT_EQ(answer.status, 503u);
  EXPECT_THAT(answer.body, testing::HasSubstr("database is locked"));
}

TEST(Outcomes, AFilterIsRefusedAndNotIgnored) {
  Asked desk;
  EXPECT_EQ(desk.get("/api/v1/outcomes?band=high").status, 400u);
  EXPECT_EQ(desk.history.asked, 0);
}

TEST(Outcomes, ARunThatKeepsNoneSaysSoAndDoesNotAsk) {
  ManualClock clock{kNow};
  auto history = std::make_unique<FakeHistory>(clock);
  const FakeHistory& asked = *history;
  const ServerAnswers answers = page_answers({}, {.store_history = std::move(history)}, clock);
  EXPECT_EQ(answers.store({.method = "GET", .target = "/api/v1/outcomes"}).body, R"({"state":"off"})");
  EXPECT_EQ(asked.asked, 0);
}

TEST(Outcomes, TheAddressIsTheStores) {
  ManualClock clock{kNow};
  auto history = std::make_unique<FakeHistory>(clock);
  const FakeHistory& asked = *history;
  const ServerAnswers answers =
      page_answers({}, {.store_history = std::move(history), .told = {.outcomes = OutcomeTerms()}}, clock);
  const PageRequest request{.method = "GET", .target = "/api/v1/outcomes", .host = "127.0.0.1"};
  EXPECT_EQ(answers.answer(request, "{}").desk, Desk::store);
  EXPECT_THAT(answers.store(request).body, testing::HasSubstr("too_few"));
  EXPECT_EQ(asked.asked, 1);
}

}  // namespace
}  // namespace churnstream
