#include "command/adopted_model.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstring>
#include <sstream>

#include "feature/feature_plan.h"
#include "model/forest_dump.h"
#include "score/scorer.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

using ::testing::HasSubstr;
using ::testing::StartsWith;

const Path kSource = CHURNSTREAM_SOURCE_DIR;

Recipe origin_recipe() { return load_recipe(kSource / "examples/origin/recipe.toml").value(); }

// The original's forest as real Spark re-fitted it, bare.
std::shared_ptr<const PipelineModel> refitted_forest() {
  return bare_forest_of_dump(kSource / "tests/spark/origin_forest.txt");
}

std::shared_ptr<const PipelineModel> adopted(const PipelineModel& bare) {
  const Recipe recipe = origin_recipe();
  const auto model = adopt_model(bare, recipe, load_training_data(recipe).value());
  EXPECT_TRUE(model) << model.error().message;
  return *model;
}

Scores scores_of(const PipelineModel& model, const RecordBatch& rows) {
  FeatureMatrix features;
  FeatureScratch scratch;
  const FeaturePlan plan(model.stages(), model.features_column(), model.predictor().num_features);
  const auto done = plan.transform(rows, features, scratch);
  EXPECT_TRUE(done) << done.error().message;
  EXPECT_EQ(features.num_rows(), rows.num_rows()) << "no row is left out";
  Scores scores;
  ScoreScratch score_scratch;
  make_reference_scorer(model.predictor())->score(features, scores, score_scratch);
  return scores;
}

// Every customer of the file in its order: the 11 without TotalCharges and the duplicates too.
RecordBatch all_customers() {
  Recipe recipe = origin_recipe();
  recipe.drop_duplicates = false;
  recipe.drop_missing.clear();
  recipe.split.reset();
  return load_training_data(recipe).value().rows;
}

void expect_scores_of_real_spark(const PipelineModel& model) {
  const RecordBatch customers = all_customers();
  const Scores scores = scores_of(model, customers);
  Sha256 hash;
  for (std::size_t row = 0; row < customers.num_rows(); ++row) hash.add(scores.probabilities[row * 2 + 1]);
  EXPECT_THAT(read_file(kSource / "tests/spark/origin_scores.sha256").value(), StartsWith(hash.hex()));

  std::istringstream lines(read_file(kSource / "tests/spark/origin_scores_200.csv").value());
  std::string line, cell;
  std::getline(lines, line);
  std::size_t num_compared = 0;
  while (std::getline(lines, line)) {
    std::istringstream cells(line);
    const auto next = [&] {
      std::getline(cells, cell, ',');
      return std::strtod(cell.c_str(), nullptr);
    };
    const auto row = static_cast<std::size_t>(next());
    next();  // the customer's id
    EXPECT_EQ(scores.raw[row * 2], next()) << line;
    EXPECT_EQ(scores.raw[row * 2 + 1], next()) << line;
    EXPECT_EQ(scores.probabilities[row * 2], next()) << line;
    EXPECT_EQ(scores.probabilities[row * 2 + 1], next()) << line;
    EXPECT_EQ(scores.predictions[row], next()) << line;
    ++num_compared;
  }
  EXPECT_EQ(num_compared, 200u);
}

double test_accuracy(const PipelineModel& model) {
  const TrainingData data = load_training_data(origin_recipe()).value();
  const RecordBatch rows = data.rows.take(data.parts.at(1));
  const std::vector<std::uint32_t> labels = data.labels_of(data.parts.at(1));
  const Scores scores = scores_of(model, rows);
  std::size_t num_right = 0;
  for (std::size_t row = 0; row < rows.num_rows(); ++row)
    num_right += scores.predictions[row] == labels[row] ? 1 : 0;
  return static_cast<double>(num_right) / static_cast<double>(rows.num_rows());
}

TEST(Adopt, TheForestWithEncodersScoresEveryCustomerAsRealSparkDoesInEveryBit) {
  const TemporaryFolder folder;
  const auto made = adopted(*refitted_forest());
  ASSERT_TRUE(made->save(folder / "model"));
  const auto model = PipelineModel::load(folder / "model");
  ASSERT_TRUE(model) << model.error().message;
  expect_scores_of_real_spark(**model);
  EXPECT_EQ(test_accuracy(**model), 0.8056801195814649);
  EXPECT_EQ((*model)->fingerprint(), made->fingerprint());
  EXPECT_EQ((*model)->notes()->key, "customerID");
  EXPECT_EQ((*model)->notes()->positive, "Yes");
}

// From its own directory: the shipped one where it is, else its twin.
TEST(Adopt, ABareForestFromItsDirectoryDoesTheSame) {
  const TemporaryFolder folder;
  const Path twin = folder / "forest";
  if (origin_model_path().empty()) {
    ASSERT_TRUE(refitted_forest()->save(twin));
  }
  const auto bare = PipelineModel::load(origin_model_path().empty() ? twin : origin_model_path());
  ASSERT_TRUE(bare) << bare.error().message;
  const auto model = adopted(**bare);
  expect_scores_of_real_spark(*model);
  EXPECT_EQ(test_accuracy(*model), 0.8056801195814649);
}

TEST(Adopt, RefusesEncodersThatDoNotFitTheForest) {
  const Recipe recipe = origin_recipe();
  const TrainingData data = load_training_data(recipe).value();
  const auto bare = refitted_forest();
  const auto refusal = [&](const std::function<void(Recipe&)>& change) {
    Recipe other = recipe;
    change(other);
    const auto model = adopt_model(*bare, other, data);
    return model ? "accepted" : model.error().message;
  };
  EXPECT_EQ(refusal([](Recipe& other) { other.plan.handle_invalid = HandleInvalid::keep; }), "accepted");
  EXPECT_THAT(refusal([](Recipe& other) { other.plan.columns.pop_back(); }),
              HasSubstr("it reads 19 features, the recipe makes 18"));
  EXPECT_THAT(refusal([](Recipe& other) { std::swap(other.plan.columns[3], other.plan.columns[4]); }),
              HasSubstr("categories by the recipe"));
  EXPECT_THAT(refusal([](Recipe& other) { std::swap(other.plan.columns[14], other.plan.columns[15]); }),
              HasSubstr("is a number by the recipe, but categories in the forest"));
  const auto twice = adopt_model(*adopted(*bare), recipe, data);
  ASSERT_FALSE(twice);
  EXPECT_THAT(twice.error().message, HasSubstr("whole pipeline already"));
}

}  // namespace
}  // namespace churnstream
