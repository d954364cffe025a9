#include "dashboard/snapshot.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>
#include <nlohmann/json.hpp>

#include "dashboard/dashboard.h"
#include "testing/fake_history.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

struct Page {
  ManualClock clock{1'700'000'000'000'000};
  RunProgress progress{clock};
  FakeHistory history{clock};
  SnapshotMaker maker{{.at_risk_max = 2}, progress, &history, clock};
  nlohmann::json next() { return nlohmann::json::parse(maker.make()); }
};

TEST(Snapshot, CarriesTheStoresNumbersToTheLastDigit) {
  Page page;
  page.history.now.customers = 3;
  page.history.now.events = 4;
  page.history.now.flagged = 1;
  page.history.now.expected_churners = 0.1 + 0.2;
  page.history.now.expected_churners_sd = 2;
  page.history.now.revenue_at_risk = 50;
  page.history.now.revenue = 200;
  page.history.now.positions.next[{"telco.csv", 0}] = Offset{5};
  const nlohmann::json store = page.next()["store"];
  EXPECT_EQ(store["expected_churners"].get<double>(), 0.1 + 0.2);
  EXPECT_EQ(store["expected_churners_band"], 1.96 * 2);
  EXPECT_EQ(store["flagged_share"].get<double>(), 1.0 / 3);
  EXPECT_EQ(store["revenue_share"], 0.25);
  EXPECT_EQ(store["events"], 4);
  EXPECT_EQ(store["positions"]["telco.csv/0"], 5);
  EXPECT_EQ(store["histogram"].size(), 20U);
}

TEST(Snapshot, WhatIsUnknownIsNull) {
  Page page;
  page.history.now.at_risk = {{.customer_id = "a", .value = std::numeric_limits<double>::quiet_NaN()}};
  const nlohmann::json snapshot = page.next();
  EXPECT_TRUE(snapshot["store"]["flagged_share"].is_null());
  EXPECT_TRUE(snapshot["store"]["at_risk"][0]["value"].is_null());
  EXPECT_TRUE(snapshot["model"].is_null());
  EXPECT_TRUE(snapshot["last_record_at"].is_null());
  EXPECT_TRUE(snapshot["flow"]["p99_ms"].is_null());
}

TEST(Snapshot, WithoutAStoreTheRunIsStillTold) {
  ManualClock clock;
  const RunProgress progress(clock);
  SnapshotMaker maker({}, progress, nullptr, clock);
  const nlohmann::json snapshot = nlohmann::json::parse(maker.make());
  EXPECT_TRUE(snapshot["store"].is_null());
  EXPECT_EQ(snapshot["state"], "starting");
  EXPECT_EQ(snapshot["store_error"], "");
}

TEST(Snapshot, CountsItselfUpwards) {
  Page page;
  EXPECT_EQ(page.next()["seq"], 1);
  EXPECT_EQ(page.next()["seq"], 2);
}

TEST(Snapshot, ASlowStoreIsAskedForATenthOfTheTime) {
  Page page;
  page.history.takes = 300ms;
  for (int second = 0; second < 60; ++second) {
    page.next();
    page.clock.advance(1s);
  }
  EXPECT_LE(page.history.asked, 21);
  EXPECT_GE(page.history.asked, 15);
}

TEST(Snapshot, NumbersOfASlowStoreKeepTheTimeAtWhichTheyWereTrue) {
  Page page;
  page.history.takes = 300ms;
  const nlohmann::json first = page.next();
  page.history.now.customers = 99;
  page.clock.advance(1s);
  const nlohmann::json second = page.next();
  EXPECT_EQ(second["store"]["time"], first["store"]["time"]);
  EXPECT_EQ(second["store"]["customers"], 0);
  EXPECT_NE(second["time"], first["time"]);
}

TEST(Snapshot, ChangesAreMeasuredOverAMinuteOrSinceTheFirstCustomer) {
  Page page;
  page.next();  // an empty store is nothing to compare with
  for (std::uint64_t second = 1; second <= 100; ++second) {
    page.clock.advance(1s);
    page.history.now.customers = second * 10;
    const nlohmann::json before = page.next()["store"]["before"];
    const std::uint64_t compared = second <= 60 ? 1 : second - 60;
    ASSERT_EQ(before["customers"], compared * 10) << second;
    ASSERT_EQ(before["seconds_ago"], second - compared);
  }
}

TEST(Snapshot, AStoreInTroubleLeavesTheLastNumbersAndSaysSo) {
  Page page;
  page.history.now.customers = 7;
  page.next();
  page.history.trouble = "the disk is gone";
  page.clock.advance(1s);
  nlohmann::json snapshot = page.next();
  EXPECT_EQ(snapshot["store"]["customers"], 7);
  EXPECT_EQ(snapshot["store_error"], "reading churn.db: the disk is gone");
  page.history.trouble.clear();
  page.clock.advance(1s);
  EXPECT_EQ(page.next()["store_error"], "");
}

TEST(Snapshot, RefusedRowsAreToldWithoutTheirBytes) {
  Page page;
  page.progress.on_refused({{.stage = "decode",
                             .reason = "a quote \xff is open",
                             .raw = "7590-VHVEG,secret",
                             .partition = {"telco.csv", 0},
                             .offset = Offset{12}}});
  const std::string text = page.maker.make();
  EXPECT_EQ(text.find("secret"), std::string::npos);
  const nlohmann::json refused = nlohmann::json::parse(text)["refused"];
  EXPECT_EQ(refused["by_reason"][0]["rows"], 1);
  EXPECT_EQ(refused["recent"][0]["partition"], "telco.csv/0");
  EXPECT_EQ(refused["recent"][0]["offset"], 12);
  EXPECT_TRUE(refused["recent"][0]["customer_id"].is_null());
}

TEST(Snapshot, DriftIsToldWithItsVerdictAndNullWithoutAReference) {
  Page page;
  EXPECT_TRUE(page.next()["drift"].is_null());
  DriftWatch drift({{.name = "Contract", .values = {"One year"}, .counts = {100, 0, 0}}}, {10, 10},
                   page.clock);
  SnapshotMaker maker({.drift = &drift}, page.progress, nullptr, page.clock);
  EXPECT_EQ(nlohmann::json::parse(maker.make())["drift"],
            nlohmann::json::parse(R"({"rows": 0, "rows_min": 500, "score": null, "columns": []})"));
  ScoredBatch batch;
  batch.terms = std::make_shared<const ScoreTerms>(ScoreTerms{.class_labels = {"No", "Yes"}});
  batch.rows = RecordBatch(std::make_shared<const Schema>(*Schema::make({{"Contract", ColumnType::text}})));
  batch.num_classes = 2;
  batch.rows.column(0).add_text("Two year");
  batch.probabilities = {0.25, 0.75};
  batch.rows.extent().offsets = {Offset{0}};
  drift.on_scored(batch);
  const nlohmann::json told = nlohmann::json::parse(maker.make())["drift"];
  EXPECT_EQ(told["rows"], 1);
  EXPECT_EQ(told["score"]["verdict"], "too_few");
  EXPECT_EQ(told["columns"][0]["column"], "Contract");
  EXPECT_GT(told["columns"][0]["psi"].get<double>(), 1);
}

TEST(Snapshot, EachSinkSaysHowItStands) {
  Page page;
  page.progress.on_sink_state("archive", 0, "open", "");
  page.progress.on_sink_state("archive", 0, "try_again", "the disk is full");
  page.progress.on_sink_rows("archive", 40, 1200);
  const nlohmann::json sink = page.next()["sinks"][0];
  EXPECT_EQ(sink["name"], "archive");
  EXPECT_EQ(sink["circuit"], "trying_again");
  EXPECT_EQ(sink["last_error"], "the disk is full");
  EXPECT_EQ(sink["rows_waiting"], 40);
  EXPECT_EQ(sink["rows_left_out"], 1200);
}

TEST(Dashboard, OwnsItsStoreServesAnAddressAndEndsAtOnce) {
  ManualClock clock;
  RunProgress progress(clock);
  DashboardSettings settings;
  settings.server.listen = "127.0.0.1:0";
  auto dashboard = start_dashboard(
      settings, {std::make_unique<FakeHistory>(clock), nullptr, nullptr, nullptr}, progress, clock);
  ASSERT_TRUE(dashboard.has_value());
  EXPECT_THAT((*dashboard)->address(), testing::MatchesRegex("http://127\\.0\\.0\\.1:[0-9]+/"));
  const auto begin = std::chrono::steady_clock::now();
  dashboard->reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begin, 900ms);
}

}  // namespace
}  // namespace churnstream
