#include "command/model_summary.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace churnstream {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::shared_ptr<const PipelineModel> small_pipeline() {
  return PipelineModel::load(Path(CHURNSTREAM_SOURCE_DIR) / "tests/spark/small_pipeline").value();
}

TEST(Inspect, CallsFeaturesByTheColumnsTheyWereMadeOf) {
  EXPECT_THAT(feature_names(*small_pipeline()), ElementsAre("Contract", "InternetService", "PaymentMethod",
                                                            "tenure", "MonthlyCharges", "TotalCharges"));
  const auto whole = small_pipeline();
  const Forest& forest = whole->predictor();
  const PipelineModel bare(forest.uid, {}, forest, "features", {});
  EXPECT_EQ(feature_names(bare)[5], "feature 5");
}

TEST(Inspect, SaysWhatIsInTheModel) {
  const auto model = small_pipeline();
  EXPECT_THAT(
      summary_text(*model),
      AllOf(HasSubstr("fingerprint   " + model->fingerprint()), HasSubstr("trees         3\n"),
            HasSubstr("classes       No, Yes\n"), HasSubstr("Contract -> Contract_index: Month-to-month"),
            HasSubstr("features by importance\n  0."), HasSubstr("thresholds    0.6, 0.4\n")));
}

TEST(Inspect, SaysTheSameAsJson) {
  const auto json = nlohmann::json::parse(summary_json(*small_pipeline()));
  EXPECT_EQ(json["predictor"]["trees"], 3);
  EXPECT_EQ(json["predictor"]["params"]["seed"], 9007199254740993);
  EXPECT_EQ(json["features"].size(), 6u);
  EXPECT_EQ(json["class_labels"], nlohmann::json({"No", "Yes"}));
  EXPECT_EQ(json["stages"][2]["class"], "org.apache.spark.ml.feature.ImputerModel");
  EXPECT_TRUE(json["notes"].is_null());
}

}  // namespace
}  // namespace churnstream
