#include "watch/latency_histogram.h"

#include <gtest/gtest.h>

#include <cstdint>

namespace churnstream {
namespace {

using std::chrono::microseconds;
using std::chrono::milliseconds;

double microseconds_of(std::optional<std::chrono::nanoseconds> latency) {
  return latency ? static_cast<double>(latency->count()) / 1e3 : -1;
}

TEST(LatencyHistogram, NothingIsSaidOfNoRows) {
  EXPECT_FALSE(LatencyHistogram().percentile(0.5).has_value());
}

TEST(LatencyHistogram, EveryLatencyIsFoundWithinASixteenth) {
  for (std::int64_t us = 1; us < 134'000'000; us += 1 + us / 7) {
    LatencyHistogram one;
    one.add(microseconds(us), 1);
    const double found = microseconds_of(one.percentile(0.5));
    EXPECT_NEAR(found, static_cast<double>(us), std::max(0.5, static_cast<double>(us) / 16)) << us;
  }
}

TEST(LatencyHistogram, PercentilesCountRowsNotBatches) {
  LatencyHistogram histogram;
  histogram.add(milliseconds(1), 98);
  histogram.add(milliseconds(100), 2);
  EXPECT_NEAR(microseconds_of(histogram.percentile(0.50)), 1'000, 70);
  EXPECT_NEAR(microseconds_of(histogram.percentile(0.98)), 1'000, 70);
  EXPECT_NEAR(microseconds_of(histogram.percentile(0.99)), 100'000, 7'000);
}

TEST(LatencyHistogram, TwoMergedSayWhatOneWouldHaveSaid) {
  LatencyHistogram one, left, right;
  for (int ms = 1; ms <= 100; ++ms) {
    one.add(milliseconds(ms), 3);
    (ms % 2 == 0 ? left : right).add(milliseconds(ms), 3);
  }
  left.merge(right);
  EXPECT_EQ(left.rows(), 300U);
  for (const double share : {0.01, 0.25, 0.5, 0.99, 1.0})
    EXPECT_EQ(left.percentile(share), one.percentile(share));
}

TEST(LatencyHistogram, NegativeAndEndlessLatenciesStayInTheHouse) {
  LatencyHistogram histogram;
  histogram.add(microseconds(-5), 1);  // a clock of another processor
  histogram.add(std::chrono::hours(100), 1);
  EXPECT_LT(microseconds_of(histogram.percentile(0.5)), 1.0);
  EXPECT_GT(microseconds_of(histogram.percentile(1.0)), 100e6);
}

}  // namespace
}  // namespace churnstream
