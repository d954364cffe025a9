#include "train/pipeline_fit.h"

#include <gmock/gmock.h>

#include <cmath>
#include <set>

namespace churnstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// Customers with a contract and a charge; a NaN charge is missing. Offsets as in a file with a header.
RecordBatch customers(const std::vector<std::pair<std::string, double>>& rows) {
  auto schema = std::make_shared<const Schema>(
      Schema::make({{"contract", ColumnType::text}, {"charge", ColumnType::number}}).value());
  RecordBatch batch(schema);
  for (const auto& [contract, charge] : rows) {
    batch.column(0).add_text(contract);
    std::isnan(charge) ? batch.column(1).add_missing() : batch.column(1).add_number(charge);
    batch.extent().offsets.push_back(Offset{static_cast<std::int64_t>(batch.extent().offsets.size()) + 1});
  }
  return batch;
}

PipelinePlan plan() {
  PipelinePlan plan;
  plan.columns = {"contract", "charge"};
  plan.categorical = {"contract"};
  plan.missing = {{"charge", 0.0}};
  plan.forest.num_trees = 3;
  return plan;
}

const std::vector<std::pair<std::string, double>> kRows{{"month", 70},  {"year", 20}, {"month", 80},
                                                        {"month", NAN}, {"year", 30}, {"month", 90}};
const std::vector<std::uint32_t> kLabels{1, 0, 1, 0, 0, 1};

TEST(PipelineFit, MakesCategoriesAndFillsWhatIsMissing) {
  const auto stages = fit_stages(plan(), customers(kRows)).value();
  const TrainingSet set = make_training_set(stages, customers(kRows), kLabels, 2).value();
  EXPECT_THAT(set.values, ElementsAre(0, 70, 1, 20, 0, 80, 0, 0, 1, 30, 0, 90));
  EXPECT_THAT(set.arities, ElementsAre(3, 0)) << "month, year and a place for what is unseen";
}

TEST(PipelineFit, LearnsItsCodesFromTheEncoderRowsAlone) {
  const auto stages = fit_stages(plan(), customers({{"year", 1}, {"year", 2}, {"month", 3}})).value();
  const TrainingSet set = make_training_set(stages, customers(kRows), kLabels, 2).value();
  EXPECT_THAT(set.values, ElementsAre(1, 70, 0, 20, 1, 80, 1, 0, 0, 30, 1, 90));
}

TEST(PipelineFit, NamesTheRecordThatItCannotFitOn) {
  PipelinePlan strict = plan();
  strict.handle_invalid = HandleInvalid::error;
  const auto stages = fit_stages(strict, customers({{"month", 1}})).value();
  const auto set = make_training_set(stages, customers(kRows), kLabels, 2);
  ASSERT_FALSE(set.has_value());
  EXPECT_THAT(set.error().message, HasSubstr("record 2"));
  EXPECT_THAT(set.error().message, HasSubstr("year"));
}

TEST(PipelineFit, LeavesOutRowsThatAStageDrops) {
  PipelinePlan lenient = plan();
  lenient.handle_invalid = HandleInvalid::skip;
  const auto stages = fit_stages(lenient, customers({{"month", 1}})).value();
  EXPECT_THAT(make_training_set(stages, customers(kRows), kLabels, 2).value().labels,
              ElementsAre(1, 1, 0, 1));
}

TEST(PipelineFit, RefusesColumnsThatAreNotThereOrNoNumbers) {
  PipelinePlan unknown = plan();
  unknown.columns.push_back("tenure");
  EXPECT_THAT(fit_stages(unknown, customers(kRows)).error().message, HasSubstr("tenure"));
  PipelinePlan text = plan();
  text.categorical.clear();
  EXPECT_THAT(fit_stages(text, customers(kRows)).error().message, HasSubstr("categorical"));
}

TEST(PipelineFit, GivesAForestWhoseMetadataSparkKnows) {
  PipelinePlan set = plan();
  set.params_set = {{"numTrees", 3}};
  const auto rows = customers(kRows);
  const FittedPipeline fitted = fit_pipeline(set, rows, rows, kLabels, 2, 1).value();
  EXPECT_EQ(fitted.forest.trees.size(), 3u);
  EXPECT_EQ(fitted.forest.params.get("numTrees"), 3);
  EXPECT_EQ(fitted.forest.params.get("maxDepth"), 5);
  EXPECT_TRUE(fitted.forest.params.get("pruneTree").is_null());
  EXPECT_EQ(std::set<std::string>(fitted.forest.tree_uids.begin(), fitted.forest.tree_uids.end()).size(), 3u);
}

}  // namespace
}  // namespace churnstream
