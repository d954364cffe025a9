// The promise that the pipeline we replace breaks: a score depends on its row and the model alone.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <map>
#include <numeric>
#include <random>

#include "command/customer_rows.h"
#include "command/training_run.h"
#include "feature/feature_plan.h"
#include "model/pipeline_model.h"
#include "score/scorer.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

class Batches : public testing::Test {
 protected:
  static constexpr std::size_t kRows = 7'043;

  void SetUp() override {
    const Path root = CHURNSTREAM_SOURCE_DIR;
    const TemporaryFolder folder;
    ASSERT_TRUE(run_training({.recipe = (root / "examples/origin/recipe.toml").string(),
                              .out = (folder / "model").string(),
                              .is_quiet = true}));
    model_ = *PipelineModel::load(folder / "model");
    auto customers = *CustomerRows::open(
        (root / "data/telco.csv").string(),
        {.columns = columns(), .key = model_->notes()->key, .label = model_->notes()->label});
    rows_ = RecordBatch(std::make_shared<const Schema>(columns()));
    while (*customers.next()) rows_.append(customers.rows());
    ASSERT_EQ(rows_.num_rows(), kRows);
  }

  // The customer's own, without the label.
  Schema columns() const { return model_->notes()->raw; }

  // The bits of p for every customer when `order` is cut into batches of this size.
  std::map<std::string, std::uint64_t> scores(const std::vector<std::size_t>& order,
                                              std::size_t batch_rows) const {
    const FeaturePlan plan(model_->stages(), model_->features_column(), model_->predictor().num_features);
    const auto scorer = make_reference_scorer(model_->predictor());
    FeatureScratch scratch;
    FeatureMatrix features;
    Scores scores;
    ScoreScratch score_scratch;
    std::map<std::string, std::uint64_t> bits;
    const std::size_t key = *rows_.schema().find(model_->notes()->key);
    for (std::size_t begin = 0; begin < order.size(); begin += batch_rows) {
      const auto end = std::min(begin + batch_rows, order.size());
      const RecordBatch batch =
          rows_.take(std::vector<std::size_t>(order.begin() + static_cast<std::ptrdiff_t>(begin),
                                              order.begin() + static_cast<std::ptrdiff_t>(end)));
      EXPECT_TRUE(plan.transform(batch, features, scratch));
      scorer->score(features, scores, score_scratch);
      for (std::size_t i = 0; i < scratch.good_rows.size(); ++i)
        std::memcpy(&bits[std::string(batch.column(key).text(scratch.good_rows[i]))],
                    &scores.probabilities[2 * i + 1], sizeof(double));
    }
    return bits;
  }

  std::shared_ptr<const PipelineModel> model_;
  RecordBatch rows_;
};

TEST_F(Batches, NeitherSizeNorOrderChangesABitOfAScore) {
  std::vector<std::size_t> order(kRows);
  std::iota(order.begin(), order.end(), 0U);
  const auto whole = scores(order, kRows);
  ASSERT_EQ(whole.size(), kRows);
  std::mt19937 random(20);
  for (const std::size_t batch_rows : {1U, 7U, 100U, 1'000U}) {
    EXPECT_EQ(scores(order, batch_rows), whole) << "batches of " << batch_rows;
    std::shuffle(order.begin(), order.end(), random);
    EXPECT_EQ(scores(order, batch_rows), whole) << "shuffled batches of " << batch_rows;
  }
}

}  // namespace
}  // namespace churnstream
