#include "watch/recent_times.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

using namespace std::chrono_literals;

TEST(RecentTimes, CountsEverythingAndShowsTheLastSeconds) {
  RecentTimes times;
  EXPECT_EQ(times.glance(0s).count, 0u);
  EXPECT_FALSE(times.glance(0s).p50_ms);
  for (int i = 0; i < 99; ++i) times.add(1s, 10ms);
  times.add(2s, 500ms);
  const StageGlance early = times.glance(9s);
  EXPECT_EQ(early.count, 100u);
  EXPECT_NEAR(early.seconds, 99 * 0.01 + 0.5, 1e-9);
  EXPECT_NEAR(*early.p50_ms, 10, 10.0 / 16);
  EXPECT_NEAR(*early.p99_ms, 10, 10.0 / 16);

  times.add(11s, 40ms);
  EXPECT_NEAR(*times.glance(12s).p50_ms, 10, 10.0 / 16) << "the window before still counts";
  times.add(21s, 80ms);
  EXPECT_NEAR(*times.glance(21s).p50_ms, 40, 40.0 / 16) << "and the one before that does not";
  const StageGlance late = times.glance(60s);
  EXPECT_FALSE(late.p50_ms) << "nothing happened lately";
  EXPECT_EQ(late.count, 102u);
}

}  // namespace
}  // namespace churnstream
