#include "watch/flow_ring.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

using namespace std::chrono_literals;

TEST(FlowRing, RateLooksAtTheLastSecondsOnly) {
  FlowRing flow(0s);
  for (int second = 0; second < 60; ++second)
    flow.add(std::chrono::seconds(second), second < 50 ? 1'000 : 20, 1ms);
  EXPECT_DOUBLE_EQ(flow.rows_per_s(60s), 20.0);
}

TEST(FlowRing, AYoungStreamIsMeasuredSinceItsStart) {
  FlowRing flow(100s);
  flow.add(100'500ms, 30, 1ms);
  EXPECT_DOUBLE_EQ(flow.rows_per_s(102s), 15.0);
}

TEST(FlowRing, RateFallsToZeroWhenNothingComes) {
  FlowRing flow(0s);
  flow.add(1s, 1'000, 1ms);
  EXPECT_GT(flow.rows_per_s(3s), 0);
  EXPECT_EQ(flow.rows_per_s(20s), 0);
}

TEST(FlowRing, LatencyForgetsWhatIsOld) {
  FlowRing flow(0s);
  flow.add(1s, 1'000, 900ms);
  flow.add(30s, 1, 2ms);
  EXPECT_EQ(flow.latency(30s).rows(), 1U);
  EXPECT_LT(*flow.latency(30s).percentile(1.0), 3ms);
}

TEST(FlowRing, TheLineHasOnePointForEachWholeSecondWithQuietOnesEmpty) {
  FlowRing flow(10s);
  flow.add(10s, 5, 1ms);
  flow.add(12s, 7, 1ms);
  const std::vector<FlowPoint> line = flow.points(13'900ms);
  ASSERT_EQ(line.size(), 3U);  // the running second is not whole yet
  EXPECT_EQ(line[0].rows, 5U);
  EXPECT_EQ(line[0].seconds_ago, 3);
  EXPECT_EQ(line[1].rows, 0U);
  EXPECT_FALSE(line[1].latency_p99_ms.has_value());
  EXPECT_EQ(line[2].rows, 7U);
}

TEST(FlowRing, TwoMinutesAreKeptAndAnOlderSecondNeverComesBack) {
  FlowRing flow(0s);
  flow.add(5s, 999, 1ms);
  flow.add(125s, 1, 1ms);  // the same slot
  flow.add(5s, 999, 1ms);  // a thread that slept: its second is gone
  const std::vector<FlowPoint> line = flow.points(126s);
  EXPECT_EQ(line.size(), 119U);
  EXPECT_EQ(line.back().rows, 1U);
  for (std::size_t point = 0; point + 1 < line.size(); ++point) EXPECT_EQ(line[point].rows, 0U);
}

TEST(FlowRing, LongerStepsReachFurtherBack) {
  FlowRing flow(0s, 1min);
  for (int second = 0; second < 3 * 3'600; ++second) flow.add(std::chrono::seconds(second), 2, 4ms);
  const std::vector<FlowPoint> line = flow.points(3h + 30s);
  ASSERT_EQ(line.size(), 119U);
  EXPECT_EQ(line.front().seconds_ago, 119 * 60);
  for (const FlowPoint& point : line) EXPECT_EQ(point.rows, 120U);
  EXPECT_NEAR(*line.back().latency_p99_ms, 4, 0.25);
}

}  // namespace
}  // namespace churnstream
