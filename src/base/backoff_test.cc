#include "base/backoff.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

using namespace std::chrono_literals;

TEST(Backoff, PausesDoubleUpToTheLimitAndLoseAtMostHalf) {
  Backoff backoff(100ms, 1'000ms, 7);
  for (const auto full : {100ms, 200ms, 400ms, 800ms, 1'000ms, 1'000ms}) {
    const auto pause = backoff.next();
    EXPECT_LE(pause, full);
    EXPECT_GT(pause, full / 2);
  }
}

TEST(Backoff, StartsOverAfterSuccess) {
  Backoff backoff(100ms, 1'000ms, 7);
  backoff.next();
  backoff.next();
  backoff.reset();
  EXPECT_LE(backoff.next(), 100ms);
}

TEST(Backoff, SameSeedSamePauses) {
  Backoff one(100ms, 1'000ms, 42), two(100ms, 1'000ms, 42);
  for (int i = 0; i < 10; ++i) EXPECT_EQ(one.next(), two.next());
}

}  // namespace
}  // namespace churnstream
