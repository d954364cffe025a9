#include "watch/flow_history.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

using namespace std::chrono_literals;

TEST(FlowHistory, EachWindowHasItsStepsAndNoMore) {
  FlowHistory history(0s);
  for (int second = 0; second < 3 * 3'600; ++second) history.add(std::chrono::seconds(second), 3, 2ms);
  const FlowPast near = history.past(FlowWindow::two_minutes, 3h);
  EXPECT_EQ(near.points.size(), 119U);
  EXPECT_EQ(near.points.front().rows, 3U);
  const FlowPast middle = history.past(FlowWindow::quarter_hour, 3h);
  EXPECT_EQ(middle.step, 10s);
  ASSERT_EQ(middle.points.size(), 90U);
  EXPECT_EQ(middle.points.front().seconds_ago, 900);
  EXPECT_EQ(middle.points.front().rows, 30U);
  const FlowPast far = history.past(FlowWindow::two_hours, 3h);
  EXPECT_EQ(far.step, 60s);
  ASSERT_EQ(far.points.size(), 119U);
  EXPECT_EQ(far.points.back().rows, 180U);
  EXPECT_EQ(far.points.back().seconds_ago, 60);
}

TEST(FlowHistory, AYoungRunHasNoPast) {
  FlowHistory history(1'000s);
  history.add(1'000s, 5, 1ms);
  EXPECT_TRUE(history.past(FlowWindow::two_hours, 1'010s).points.empty());
  EXPECT_EQ(history.past(FlowWindow::quarter_hour, 1'010s).points.size(), 1U);
  EXPECT_EQ(history.past(FlowWindow::two_minutes, 1'010s).points.size(), 10U);
}

TEST(FlowHistory, WindowsAreKnownByTheirNames) {
  EXPECT_EQ(flow_window_of("15min"), FlowWindow::quarter_hour);
  EXPECT_EQ(flow_window_of(name_of(FlowWindow::two_hours)), FlowWindow::two_hours);
  EXPECT_FALSE(flow_window_of("1h"));
}

}  // namespace
}  // namespace churnstream
