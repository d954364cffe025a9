#include "watch/run_progress.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <thread>

namespace churnstream {
namespace {

using namespace std::chrono_literals;

RefusedRow refused(std::string reason, std::int64_t offset = 0) {
  return {.stage = "decode",
          .reason = std::move(reason),
          .raw = "secret,bytes",
          .partition = {"churn", 2},
          .offset = Offset{offset}};
}

struct Walk {
  ManualClock clock{1'700'000'000'000'000};
  RunProgress progress{clock};
  Account account;
  Checkpoint positions;

  void begin() {
    auto terms = std::make_shared<ScoreTerms>();
    terms->model = "f00d";
    progress.begin(
        terms, [this] { return account; }, [this] { return positions; });
  }
  nlohmann::json line() { return nlohmann::json::parse(json_line(progress.report())); }
};

TEST(RunProgress, TheLineTellsTheAccountThePipelineKeeps) {
  Walk walk;
  walk.begin();
  walk.account = {.rows_read = 9,
                  .rows_delivered = 5,
                  .rows_refused = 1,
                  .rows_under_way = 3,
                  .records_skipped = {{"header", 1}}};
  walk.positions.next[{"churn", 2}] = Offset{11};
  walk.progress.on_delivered(5, 2ms);
  walk.clock.advance(1s);
  const nlohmann::json line = walk.line();
  EXPECT_EQ(line["rows_read"], 9);
  EXPECT_EQ(line["delivered"], 5);
  EXPECT_EQ(line["refused"], 1);
  EXPECT_EQ(line["under_way"], 3);
  EXPECT_EQ(line["skipped"]["header"], 1);
  EXPECT_EQ(line["rows_per_s"], 5.0);
  EXPECT_NEAR(line["p99_ms"].get<double>(), 2.0, 0.13);
  EXPECT_EQ(line["model"], "f00d");
  EXPECT_EQ(line["positions"]["churn/2"], 11);
  EXPECT_EQ(line["state"], "running");
  EXPECT_EQ(line["time"], "2023-11-14T22:13:21.000000Z");
}

TEST(RunProgress, WithoutRowsLatencyIsNullAndNotZero) {
  Walk walk;
  EXPECT_TRUE(walk.line()["p50_ms"].is_null());
  EXPECT_TRUE(walk.line()["model"].is_null());
  EXPECT_EQ(walk.line()["state"], "starting");
  EXPECT_FALSE(walk.progress.report().last_record_us.has_value());
}

TEST(RunProgress, ABatchWhoseRowsWereAllRefusedIsNoRecord) {
  Walk walk;
  walk.progress.on_delivered(0, 2ms);
  EXPECT_FALSE(walk.progress.report().last_record_us.has_value());
}

TEST(RunProgress, RefusalsAreKeptNewestFirstWithoutTheirBytes) {
  Walk walk;
  for (int row = 0; row < 25; ++row) walk.progress.on_refused({refused("a number that is no number", row)});
  const ProgressReport report = walk.progress.report();
  ASSERT_EQ(report.refused_recent.size(), 20U);
  EXPECT_EQ(number_of(report.refused_recent.front().offset), 24);
  EXPECT_EQ(number_of(report.refused_recent.back().offset), 5);
  EXPECT_EQ(report.refused_by_reason.at("a number that is no number"), 25U);
}

TEST(RunProgress, ReasonsThatQuoteDataDoNotFillTheMemory) {
  Walk walk;
  for (int row = 0; row < 1'000; ++row)
    walk.progress.on_refused({refused("bad value " + std::to_string(row))});
  walk.progress.on_refused({refused(std::string(1'000'000, 'x'))});
  const ProgressReport report = walk.progress.report();
  EXPECT_LE(report.refused_by_reason.size(), 51U);
  EXPECT_EQ(report.refused_by_reason.at("other reasons"), 951U);
  EXPECT_LT(report.refused_recent.front().reason.size(), 250U);
}

TEST(RunProgress, ALongReasonIsCutBetweenCharacters) {
  Walk walk;
  std::string reason = "x";
  for (int i = 0; i < 200; ++i) reason += "é";
  walk.progress.on_refused({refused(reason)});
  const std::string kept = walk.progress.report().refused_recent.front().reason;
  EXPECT_EQ(kept, reason.substr(0, 239) + "...");
}

TEST(RunProgress, BytesThatAreNoUtf8StillMakeALine) {
  Walk walk;
  walk.begin();
  walk.account.records_skipped["\xff\xfe"] = 1;
  EXPECT_NO_THROW(walk.line());
}

TEST(RunProgress, ASinksStateCarriesTheTimeItBegan) {
  Walk walk;
  walk.progress.on_sink_state("store", 0, "delivered", "");
  const EpochMicros first = walk.clock.now_us();
  walk.clock.advance(5s);
  walk.progress.on_sink_state("store", 0, "delivered", "");
  EXPECT_EQ(walk.progress.report().sinks.at("store").since_us, first);
  walk.progress.on_sink_state("store", 0, "try_again", "the disk is full");
  EXPECT_EQ(walk.progress.report().sinks.at("store").since_us, first + 5'000'000);
  EXPECT_EQ(walk.progress.report().sinks.at("store").reason, "the disk is full");
}

TEST(RunProgress, ASinkStandsAsItsWriterInTheWorstWay) {
  Walk walk;
  const auto sink = [&] { return walk.progress.report().sinks.at("store"); };
  for (const std::size_t writer : {0, 1}) walk.progress.on_sink_state("store", writer, "opening", "");
  EXPECT_EQ(sink().circuit, SinkCircuit::opening);
  for (const std::size_t writer : {0, 1}) walk.progress.on_sink_state("store", writer, "open", "");
  EXPECT_EQ(sink().circuit, SinkCircuit::working);
  walk.clock.advance(5s);
  const EpochMicros since = walk.clock.now_us();
  walk.progress.on_sink_state("store", 1, "try_again", "no connection");
  walk.clock.advance(5s);
  walk.progress.on_sink_state("store", 1, "unknown", "no answer");
  walk.progress.on_sink_state("store", 0, "delivered", "");
  EXPECT_EQ(sink().circuit, SinkCircuit::trying_again) << "the other one does";
  EXPECT_EQ(sink().since_us, since) << "from the first trouble on, whatever its words";
  EXPECT_EQ(sink().reason, "no answer");
  walk.progress.on_sink_state("store", 1, "delivered", "");
  EXPECT_EQ(sink().circuit, SinkCircuit::working);
  EXPECT_EQ(sink().reason, "");
  EXPECT_EQ(sink().last_error, "no answer");
  walk.progress.on_sink_state("store", 0, "broken", "no rights");
  EXPECT_EQ(sink().circuit, SinkCircuit::given_up);
}

TEST(RunProgress, RowsThatWaitForASinkOrWereLeftOutAreAddedUp) {
  Walk walk;
  walk.progress.on_sink_rows("store", 7, 0);
  walk.progress.on_sink_rows("store", -3, 2);
  walk.progress.on_sink_rows("store", 0, 5);
  const SinkGlance sink = walk.progress.report().sinks.at("store");
  EXPECT_EQ(sink.rows_waiting, 4);
  EXPECT_EQ(sink.rows_left_out, 7u);
}

TEST(RunProgress, AfterFinishThePipelineIsAskedNoMore) {
  Walk walk;
  int asked = 0;
  walk.progress.begin(nullptr, [&] { return ++asked, Account{}; }, {});
  walk.progress.report();
  walk.progress.stopping();
  EXPECT_EQ(walk.progress.report().state, RunState::stopping);
  walk.progress.finish({.rows_read = 7, .rows_delivered = 7}, {});
  walk.clock.advance(60s);
  const ProgressReport report = walk.progress.report();
  EXPECT_EQ(asked, 2);
  EXPECT_EQ(report.state, RunState::finished);
  EXPECT_EQ(report.account.rows_delivered, 7U);
  EXPECT_EQ(report.finished_us, walk.clock.now_us() - 60'000'000);
  walk.progress.stopping();
  EXPECT_EQ(walk.progress.report().state, RunState::finished);
}

TEST(RunProgress, AFailedRunSaysWhy) {
  Walk walk;
  walk.begin();
  walk.progress.fail(walk.account, {}, "another owner took over");
  EXPECT_EQ(walk.progress.report().state, RunState::failed);
  EXPECT_EQ(walk.progress.report().failure, "another owner took over");
}

TEST(RunProgress, ManyThreadsLoseNoRow) {
  Walk walk;
  std::vector<std::thread> threads;
  for (int thread = 0; thread < 4; ++thread)
    threads.emplace_back([&] {
      for (int batch = 0; batch < 500; ++batch) {
        walk.progress.on_delivered(3, 1ms);
        walk.progress.on_refused({refused("odd")});
        walk.progress.report();
      }
    });
  for (std::thread& thread : threads) thread.join();
  walk.clock.advance(1s);
  EXPECT_EQ(walk.progress.report().seconds.back().rows, 6'000U);
  EXPECT_EQ(walk.progress.report().refused_by_reason.at("odd"), 2'000U);
}

}  // namespace
}  // namespace churnstream
