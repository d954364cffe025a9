#include "train/map_order.h"

#include <gmock/gmock.h>

#include <numeric>

namespace churnstream {
namespace {

std::vector<std::uint32_t> first_keys(std::uint32_t count) {
  std::vector<std::uint32_t> keys(count);
  std::iota(keys.begin(), keys.end(), 0u);
  return keys;
}

TEST(MapOrder, OfTwentyTreesIsTheSameInBothScalas) {
  const auto expected =
      testing::ElementsAre(0, 5, 10, 14, 1, 6, 9, 13, 2, 17, 12, 7, 3, 18, 16, 11, 8, 19, 4, 15);
  EXPECT_THAT(in_map_order(first_keys(20), MapOrder::scala_2_12), expected);
  EXPECT_THAT(in_map_order(first_keys(20), MapOrder::scala_2_13), expected);
}

TEST(MapOrder, OfManyTreesDiffersBetweenTheScalasButHoldsEveryTreeOnce) {
  const auto old_order = in_map_order(first_keys(300), MapOrder::scala_2_12);
  const auto new_order = in_map_order(first_keys(300), MapOrder::scala_2_13);
  EXPECT_NE(old_order, new_order);
  EXPECT_THAT(old_order, testing::UnorderedElementsAreArray(first_keys(300)));
  EXPECT_THAT(new_order, testing::UnorderedElementsAreArray(first_keys(300)));
}

TEST(MapOrder, OfUpToFourTreesIsThatOfSixteenSlots) {
  EXPECT_THAT(in_map_order({17, 3, 1, 16}, MapOrder::scala_2_13), testing::ElementsAre(16, 1, 17, 3));
  const auto old_order = in_map_order({3, 2, 1, 0}, MapOrder::scala_2_12);
  EXPECT_EQ(old_order.back(), 0u) << "slots go down, and 0 lies in slot 0";
}

}  // namespace
}  // namespace churnstream
