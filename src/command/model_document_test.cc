#include "command/model_document.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace churnstream {
namespace {

Path small_pipeline() { return Path(CHURNSTREAM_SOURCE_DIR) / "tests/spark/small_pipeline"; }

TEST(ModelDocument, SaysWhatSparksModelHoldsAndNullForTheRest) {
  const auto model = PipelineModel::load(small_pipeline()).value();
  const auto json = nlohmann::json::parse(model_document(*model, small_pipeline()));
  EXPECT_EQ(json["name"], "small_pipeline");
  EXPECT_EQ(json["kind"], "RandomForestClassificationModel");
  EXPECT_EQ(json["trees"], 3);
  EXPECT_EQ(json["num_features"], 6);
  EXPECT_EQ(json["fingerprint"], model->fingerprint());
  EXPECT_THAT(json["saved_at"].get<std::string>(), testing::StartsWith("20"));
  EXPECT_TRUE(json["metrics"].is_null());
  EXPECT_TRUE(json["data"].is_null());
  double before = 1, sum = 0;
  for (const auto& one : json["importances"]) {
    EXPECT_LE(one["importance"].get<double>(), before);
    before = one["importance"].get<double>();
    sum += before;
  }
  EXPECT_NEAR(sum, 1, 1e-12);
}

TEST(ModelDocument, NotesOfTrainingAreTakenAsTheyAre) {
  const auto bare = PipelineModel::load(small_pipeline()).value();
  ModelNotes notes{.label = "Churn", .positive = "Yes"};
  notes.extra = {{"metrics", {{"test", {{"accuracy", 0.8056801195814649}}}}},
                 {"data", {{"rowsTrained", 5672}}}};
  const PipelineModel model("uid", bare->stages(), bare->predictor(), "features", notes);
  const auto json = nlohmann::json::parse(model_document(model, "churn", std::nullopt));
  EXPECT_EQ(json["metrics"]["test"]["accuracy"].get<double>(), 0.8056801195814649);
  EXPECT_EQ(json["data"]["rowsTrained"], 5672);
  EXPECT_EQ(json["positive"], "Yes");
  EXPECT_TRUE(json["saved_at"].is_null());
}

}  // namespace
}  // namespace churnstream
