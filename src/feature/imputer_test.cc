#include "feature/imputer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <numeric>

namespace churnstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

RecordBatch charges(const std::vector<double>& values) {  // NaN: the cell is missing
  RecordBatch rows(std::make_shared<const Schema>(*Schema::make({{"charges", ColumnType::number}})));
  for (const double value : values) {
    if (std::isnan(value))
      rows.column(0).add_missing();
    else
      rows.column(0).add_number(value);
    rows.extent().offsets.push_back(Offset{0});
    rows.extent().event_times_us.push_back(0);
  }
  return rows;
}

ImputerSettings into_filled(ImputeStrategy strategy) {
  return {.columns = {{"charges"}, {"filled"}}, .strategy = strategy};
}

double fitted_surrogate(const std::vector<double>& values, const ImputerSettings& settings) {
  const RecordBatch rows = charges(values);
  Frame frame;
  frame.reset(rows);
  const auto model = fit_imputer(frame, settings);
  EXPECT_TRUE(model) << model.error().message;
  return (*model)->surrogates()[0];
}

TEST(Imputer, FillsGapsWithAFixedValueAndLeavesTheRestAlone) {
  const RecordBatch rows = charges({NAN, 12.5, -3});
  Frame frame;
  frame.reset(rows);
  ASSERT_TRUE((*fixed_imputer(into_filled(ImputeStrategy::mean), {0.0}))->transform(frame));
  EXPECT_THAT(frame.made_column("filled")->values, ElementsAre(0, 12.5, -3));
}

TEST(Imputer, LearnsMeanMedianOrMode) {
  const std::vector<double> values{4, NAN, 1, 1, 10, 4, NAN};
  EXPECT_EQ(fitted_surrogate(values, into_filled(ImputeStrategy::mean)), 4);
  EXPECT_EQ(fitted_surrogate(values, into_filled(ImputeStrategy::median)), 4);
  EXPECT_EQ(fitted_surrogate(values, into_filled(ImputeStrategy::mode)), 1) << "ties go to the smallest";
}

TEST(Imputer, AMissingValueOfItsOwnIsNotCountedAndIsFilled) {
  ImputerSettings settings = into_filled(ImputeStrategy::mean);
  settings.missing_value = -1;
  EXPECT_EQ(fitted_surrogate({-1, 2, 4, NAN}, settings), 3);
  const RecordBatch rows = charges({-1, NAN, 5});
  Frame frame;
  frame.reset(rows);
  ASSERT_TRUE((*fixed_imputer(settings, {3}))->transform(frame));
  EXPECT_THAT(frame.made_column("filled")->values, ElementsAre(3, 3, 5));
}

TEST(Imputer, TheMedianOfAFewIsTheMiddleOneAndOfManyIsOffByAFewRanks) {
  EXPECT_EQ(approximate_median({7}, 0.001), 7);
  EXPECT_EQ(approximate_median({7, 3}, 0.001), 3);
  EXPECT_EQ(approximate_median({1, 2, 3, 4}, 0.001), 2);
  std::vector<double> many(7043);
  std::iota(many.begin(), many.end(), 1);
  EXPECT_NEAR(approximate_median(many, 0.001), 3522, 8);
  EXPECT_NEAR(approximate_median(many, 0.05), 3522, 353);
}

TEST(Imputer, RefusesAColumnWithoutNumbers) {
  const RecordBatch rows = charges({NAN, NAN});
  Frame frame;
  frame.reset(rows);
  EXPECT_THAT(fit_imputer(frame, into_filled(ImputeStrategy::mean)).error().message,
              HasSubstr("\"charges\" has no value at all"));
  ImputerSettings other = into_filled(ImputeStrategy::mean);
  other.columns.in = {"tenure"};
  EXPECT_THAT(fit_imputer(frame, other).error().message, HasSubstr("no column \"tenure\""));
  EXPECT_FALSE((*fixed_imputer(other, {0}))->transform(frame));
  EXPECT_FALSE(fixed_imputer(other, {}));
}

TEST(Imputer, TheFingerprintKnowsTheSurrogate) {
  const auto hash_of = [](double surrogate) {
    Sha256 hash;
    (*fixed_imputer(into_filled(ImputeStrategy::mean), {surrogate}))->add_to_fingerprint(hash);
    return hash.hex();
  };
  EXPECT_EQ(hash_of(1), hash_of(1));
  EXPECT_NE(hash_of(1), hash_of(1.0000000000000002));
}

}  // namespace
}  // namespace churnstream
