#include "feature/feature_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <numeric>
#include <random>

#include "feature/imputer.h"
#include "feature/string_indexer.h"
#include "feature/vector_assembler.h"

namespace churnstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Customers as a stream brings them: some values unseen, some missing. The same for the same seed.
RecordBatch customers(std::size_t num_rows, unsigned seed, bool with_surprises) {
  RecordBatch rows(std::make_shared<const Schema>(*Schema::make(
      {{"contract", ColumnType::text}, {"plan", ColumnType::text}, {"charges", ColumnType::number}})));
  std::mt19937 random(seed);
  const auto one_of = [&](unsigned bound) { return static_cast<unsigned>(random() % bound); };
  for (std::size_t row = 0; row < num_rows; ++row) {
    constexpr const char* kContracts[] = {"month", "month", "month", "one year", "two year", "lifetime"};
    rows.column(0).add_text(kContracts[one_of(with_surprises ? 6 : 5)]);
    if (with_surprises && one_of(10) == 0)
      rows.column(1).add_missing();
    else
      rows.column(1).add_text("plan " + std::to_string(one_of(20)));
    if (one_of(10) == 0)
      rows.column(2).add_missing();
    else
      rows.column(2).add_number(one_of(10'000) / 7.0);
    rows.extent().offsets.push_back(Offset{static_cast<std::int64_t>(row)});
    rows.extent().event_times_us.push_back(0);
  }
  return rows;
}

FeaturePlan fitted_plan() {
  const RecordBatch rows = customers(500, 1, false);
  Frame frame;
  frame.reset(rows);
  std::vector<std::shared_ptr<const FeatureStage>> stages{
      *fit_string_indexer(frame, {.columns = {{"contract"}, {"contract_index"}}}),
      *fit_string_indexer(frame,
                          {.columns = {{"plan"}, {"plan_index"}}, .handle_invalid = HandleInvalid::skip}),
      *fit_imputer(frame, {.columns = {{"charges"}, {"charges_filled"}}}),
      *make_vector_assembler({.input_columns = {"contract_index", "plan_index", "charges_filled"}})};
  return FeaturePlan(stages, "features", 3);
}

// What became of every row, by its number: its vector's bytes, or why it has none.
using Fates = std::vector<std::string>;

void add_fates(const FeaturePlan& plan, const RecordBatch& rows, FeatureMatrix& features,
               FeatureScratch& scratch, Fates& fates) {
  ASSERT_TRUE(plan.transform(rows, features, scratch));
  std::size_t good = 0;
  for (std::size_t row = 0; row < rows.num_rows(); ++row) {
    std::string& fate = fates[static_cast<std::size_t>(number_of(rows.extent().offsets[row]))];
    EXPECT_EQ(fate, "") << "a row has one fate";
    if (scratch.frame.state(row) != RowState::good) {
      fate = scratch.reason(row);
      continue;
    }
    EXPECT_EQ(scratch.good_rows[good], row);
    const auto vector = features.row(good++);
    fate.assign(reinterpret_cast<const char*>(vector.data()), vector.size_bytes());
  }
  EXPECT_EQ(good, features.num_rows());
}

Fates fates_in_batches(const FeaturePlan& plan, const RecordBatch& rows,
                       const std::vector<std::size_t>& order, std::size_t batch_rows) {
  Fates fates(rows.num_rows());
  FeatureMatrix features;
  FeatureScratch scratch;
  for (std::size_t begin = 0; begin < order.size(); begin += batch_rows) {
    const auto from = order.begin() + static_cast<std::ptrdiff_t>(begin);
    const auto length = static_cast<std::ptrdiff_t>(std::min(batch_rows, order.size() - begin));
    add_fates(plan, rows.take({from, from + length}), features, scratch, fates);
  }
  return fates;
}

TEST(FeaturePlan, ARowsFeaturesDependOnThatRowAlone) {
  const FeaturePlan plan = fitted_plan();
  const RecordBatch rows = customers(2000, 2, true);
  std::vector<std::size_t> order(rows.num_rows());
  std::iota(order.begin(), order.end(), 0);
  const Fates whole = fates_in_batches(plan, rows, order, rows.num_rows());
  EXPECT_GT(std::count_if(whole.begin(), whole.end(), [](auto& fate) { return fate.size() > 24; }), 200);
  std::vector<std::size_t> shuffled = order;
  std::shuffle(shuffled.begin(), shuffled.end(), std::mt19937(3));
  for (const std::size_t batch_rows : {1, 7, 100, 1000}) {
    EXPECT_EQ(fates_in_batches(plan, rows, order, batch_rows), whole) << batch_rows;
    EXPECT_EQ(fates_in_batches(plan, rows, shuffled, batch_rows), whole) << batch_rows << ", shuffled";
  }
}

TEST(FeaturePlan, EveryRowWithoutAVectorHasAReason) {
  RecordBatch rows = customers(1, 4, false);
  rows.clear();
  rows.column(0).add_text("lifetime");
  rows.column(1).add_text("plan 1");
  rows.column(2).add_number(1);
  rows.column(0).add_text("month");
  rows.column(1).add_missing();
  rows.column(2).add_number(1);
  rows.extent().offsets = {Offset{0}, Offset{1}};
  rows.extent().event_times_us = {0, 0};
  FeatureMatrix features;
  FeatureScratch scratch;
  ASSERT_TRUE(fitted_plan().transform(rows, features, scratch));
  EXPECT_EQ(features.num_rows(), 0u);
  EXPECT_THAT(scratch.reason(0), HasSubstr("holds \"lifetime\""));
  EXPECT_THAT(scratch.reason(1), HasSubstr("\"skip\""));
}

TEST(FeaturePlan, SaysWhenThePipelineCannotWorkOnTheseRows) {
  FeatureMatrix features;
  FeatureScratch scratch;
  const RecordBatch rows = customers(3, 5, false);
  EXPECT_THAT(FeaturePlan({}, "features").transform(rows, features, scratch).error().message,
              HasSubstr("no stage of the model makes the column \"features\""));
  const auto charges =
      *make_vector_assembler({.input_columns = {"charges"}, .handle_invalid = HandleInvalid::keep});
  EXPECT_THAT(FeaturePlan({charges}, "features", 2).transform(rows, features, scratch).error().message,
              HasSubstr("make 1 features, the predictor reads 2"));
  EXPECT_TRUE(FeaturePlan({charges}, "features", 1).transform(rows, features, scratch));
  EXPECT_EQ(features.num_rows(), 3u);
}

}  // namespace
}  // namespace churnstream
