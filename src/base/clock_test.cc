#include "base/clock.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

TEST(Clock, WritesTimesInUtcWithMicroseconds) {
  EXPECT_EQ(rfc3339(0), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(rfc3339(1'795'334'400'000'001), "2026-11-22T08:00:00.000001Z");
  EXPECT_EQ(rfc3339(-1), "1969-12-31T23:59:59.999999Z");
}

TEST(Clock, AManualClockMovesOnlyWhenTold) {
  using namespace std::chrono_literals;
  ManualClock clock(5);
  EXPECT_EQ(clock.now_us(), 5);
  clock.sleep(2s);
  EXPECT_EQ(clock.now_us(), 2'000'005);
}

}  // namespace
}  // namespace churnstream
