#include "base/queue.h"

#include <gtest/gtest.h>

#include <thread>

namespace churnstream {
namespace {

using namespace std::chrono_literals;

TEST(BoundedQueue, SaysNoWhileItIsFullAndKeepsTheOrder) {
  BoundedQueue<int> queue("test", 10);
  int item = 1;
  EXPECT_TRUE(queue.try_push(item, 6));
  item = 2;
  EXPECT_FALSE(queue.try_push(item, 5));
  EXPECT_TRUE(queue.try_push(item, 4));
  EXPECT_EQ(queue.pop(0ms), 1);
  EXPECT_EQ(queue.bytes(), 4U);
  EXPECT_EQ(queue.pop(0ms), 2);
  EXPECT_EQ(queue.pop(0ms), std::nullopt);
}

TEST(BoundedQueue, OneItemAlwaysFits) {
  BoundedQueue<int> queue("test", 10);
  int item = 1;
  EXPECT_TRUE(queue.try_push(item, 1'000));
}

TEST(BoundedQueue, AClosedQueueGivesOutWhatItHoldsAndTakesNothing) {
  BoundedQueue<int> queue("test", 10);
  int item = 1;
  ASSERT_TRUE(queue.try_push(item, 1));
  queue.close();
  EXPECT_FALSE(queue.try_push(item, 1));
  EXPECT_FALSE(queue.closed_and_empty());
  EXPECT_EQ(queue.pop(1h), 1);
  EXPECT_EQ(queue.pop(1h), std::nullopt);  // does not wait: nothing can come
  EXPECT_TRUE(queue.closed_and_empty());
}

TEST(BoundedQueue, AWaitingOwnerWakesWhenSomethingComes) {
  BoundedQueue<int> queue("test", 10);
  std::thread other([&] {
    int item = 7;
    queue.try_push(item, 1);
  });
  EXPECT_EQ(queue.pop(1h), 7);
  other.join();
}

}  // namespace
}  // namespace churnstream
