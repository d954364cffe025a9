#include "train/folds.h"

#include <gmock/gmock.h>

#include <algorithm>

namespace churnstream {
namespace {

// The first quarter has left, as in a file sorted by outcome.
std::vector<std::uint32_t> labels_of(std::size_t num_rows) {
  std::vector<std::uint32_t> labels(num_rows);
  for (std::size_t row = 0; row < num_rows; ++row) labels[row] = row < num_rows / 4;
  return labels;
}

TEST(Folds, LeaveEveryRowOutOncePerRepeat) {
  const auto folds = stratified_folds(labels_of(103), 5, 3, 7).value();
  ASSERT_EQ(folds.size(), 15u);
  for (std::size_t repeat = 0; repeat < 3; ++repeat) {
    std::vector<int> times(103, 0);
    for (std::size_t k = 0; k < 5; ++k) {
      const Fold& fold = folds[repeat * 5 + k];
      EXPECT_EQ(fold.repeat, repeat);
      EXPECT_EQ(fold.train.size() + fold.test.size(), 103u);
      for (const std::size_t row : fold.test) ++times[row];
      for (const std::size_t row : fold.train)
        EXPECT_FALSE(std::binary_search(fold.test.begin(), fold.test.end(), row));
    }
    EXPECT_THAT(times, testing::Each(1));
  }
}

TEST(Folds, HoldTheSameShareOfEveryClass) {
  const auto labels = labels_of(200);
  const auto folds = stratified_folds(labels, 5, 1, 1).value();
  for (const Fold& fold : folds) {
    EXPECT_EQ(fold.test.size(), 40u);
    EXPECT_EQ(
        std::count_if(fold.test.begin(), fold.test.end(), [&](std::size_t row) { return labels[row] == 1; }),
        10);
  }
}

TEST(Folds, DifferFromRepeatToRepeatAndBySeedButNotFromRunToRun) {
  const auto labels = labels_of(100);
  const auto folds = stratified_folds(labels, 2, 2, 1).value();
  EXPECT_NE(folds[0].test, folds[2].test);
  EXPECT_NE(folds[0].test, stratified_folds(labels, 2, 2, 9).value()[0].test);
  EXPECT_EQ(folds[0].test, stratified_folds(labels, 2, 2, 1).value()[0].test);
}

TEST(Folds, AreRefusedWhenAClassHasTooFewRows) {
  EXPECT_FALSE(stratified_folds(std::vector<std::uint32_t>{0, 0, 0, 1}, 2, 1, 1).has_value());
  EXPECT_FALSE(stratified_folds(labels_of(10), 1, 1, 1).has_value());
}

}  // namespace
}  // namespace churnstream
