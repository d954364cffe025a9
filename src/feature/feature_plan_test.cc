#include "feature/feature_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstring>
#include <numeric>
#include <random>

#include "feature/string_indexer.h"
#include "feature/vector_assembler.h"

namespace churnstream {
namespace {

using testing::HasSubstr;

// Rows of a text and a number column; an empty text or a NaN is missing.
RecordBatch batch_of(const std::vector<std::pair<std::string, double>>& rows) {
  static const auto kSchema = std::make_shared<const Schema>(
      *Schema::make({{"contract", ColumnType::text}, {"tenure", ColumnType::number}}));
  RecordBatch batch(kSchema);
  for (const auto& [contract, tenure] : rows) {
    contract.empty() ? batch.column(0).add_missing() : batch.column(0).add_text(contract);
    tenure != tenure ? batch.column(1).add_missing() : batch.column(1).add_number(tenure);
    batch.extent().offsets.push_back(Offset{static_cast<std::int64_t>(batch.num_rows())});
    batch.extent().event_times_us.push_back(0);
  }
  return batch;
}

FeaturePlan plan_for(const RecordBatch& fitted_on, HandleInvalid handle_invalid) {
  Frame frame;
  frame.reset(fitted_on);
  auto indexer = *fit_string_indexer(
      frame, {.columns = {{"contract"}, {"contract_index"}}, .handle_invalid = handle_invalid});
  auto assembler = *make_vector_assembler({.input_columns = {"contract_index", "tenure"},
                                           .output_column = "features",
                                           .handle_invalid = handle_invalid});
  return FeaturePlan({indexer, assembler}, "features", 2);
}

class FeaturePlanTest : public testing::Test {
 protected:
  FeatureMatrix features_;
  FeatureScratch scratch_;
  std::vector<HeldBackRow> held_back_;
};

TEST_F(FeaturePlanTest, GoodRowsBecomeVectorsAndTheOthersAreHeldBackWithAReason) {
  const FeaturePlan plan =
      plan_for(batch_of({{"month", 1}, {"month", 2}, {"year", 3}}), HandleInvalid::error);
  ASSERT_TRUE(plan.transform(batch_of({{"year", 7}, {"decade", 1}, {"month", 9}, {"month", NAN}}), features_,
                             scratch_, held_back_));
  EXPECT_EQ(features_.values, (std::vector<double>{1, 7, 0, 9}));
  EXPECT_EQ(scratch_.good_rows, (std::vector<std::size_t>{0, 2}));
  ASSERT_EQ(held_back_.size(), 2U);
  EXPECT_EQ(held_back_[0].row, 1U);
  EXPECT_THAT(held_back_[0].reason, HasSubstr("contract"));
  EXPECT_EQ(held_back_[1].row, 3U);
  EXPECT_THAT(held_back_[1].reason, HasSubstr("tenure"));
}

TEST_F(FeaturePlanTest, SkippedRowsAreHeldBackToo) {
  const FeaturePlan plan = plan_for(batch_of({{"month", 1}}), HandleInvalid::skip);
  ASSERT_TRUE(plan.transform(batch_of({{"decade", 1}, {"month", 2}}), features_, scratch_, held_back_));
  EXPECT_EQ(features_.num_rows(), 1U);
  ASSERT_EQ(held_back_.size(), 1U);
  EXPECT_THAT(held_back_[0].reason, HasSubstr("skipped"));
}

TEST_F(FeaturePlanTest, VectorsOfAnotherLengthThanThePredictorsAreAnError) {
  const FeaturePlan good = plan_for(batch_of({{"month", 1}}), HandleInvalid::error);
  const FeaturePlan none({}, "features", 2);
  EXPECT_THAT(none.transform(batch_of({{"month", 1}}), features_, scratch_, held_back_).error().message,
              HasSubstr("no stage makes the column features"));
}

// The property that the pipeline we replace lacks: whoever shares the batch, a row's features are the same.
TEST_F(FeaturePlanTest, BatchSizeAndOrderNeverChangeABit) {
  std::mt19937 random(7);
  std::vector<std::pair<std::string, double>> rows;
  const char* contracts[] = {"month", "year", "two years", "", "unseen"};
  for (int i = 0; i < 1'000; ++i)
    rows.emplace_back(contracts[random() % 5],
                      random() % 9 == 0 ? NAN : static_cast<double>(random() % 70) / 3);
  const FeaturePlan plan =
      plan_for(batch_of({{"month", 1}, {"year", 1}, {"two years", 1}}), HandleInvalid::keep);
  ASSERT_TRUE(plan.transform(batch_of(rows), features_, scratch_, held_back_));
  const std::vector<double> whole = features_.values;

  std::vector<std::size_t> order(rows.size());
  std::iota(order.begin(), order.end(), 0U);
  for (const std::size_t batch_rows : {1U, 7U, 100U, 1'000U}) {
    for (std::size_t begin = 0; begin < rows.size(); begin += batch_rows) {
      std::vector<std::pair<std::string, double>> part;
      const std::size_t end = std::min(begin + batch_rows, rows.size());
      for (std::size_t i = begin; i < end; ++i) part.push_back(rows[order[i]]);
      ASSERT_TRUE(plan.transform(batch_of(part), features_, scratch_, held_back_));
      ASSERT_EQ(features_.num_rows(), end - begin);
      for (std::size_t i = begin; i < end; ++i)
        EXPECT_EQ(std::memcmp(&features_.values[(i - begin) * 2], &whole[order[i] * 2], 2 * sizeof(double)),
                  0);
    }
    std::shuffle(order.begin(), order.end(), random);
  }
}

}  // namespace
}  // namespace churnstream
