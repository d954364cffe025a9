#include "model/forest.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "model/forest_dump.h"
#include "model/small_forest.h"

namespace churnstream {
namespace {

using ::testing::DoubleEq;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

std::string refusal(const std::function<void(Forest&)>& spoil) {
  Forest forest = small_forest();
  spoil(forest);
  const auto made = Forest::make(forest);
  return made ? "accepted" : made.error().message;
}

std::string fingerprint(const Forest& forest) {
  Sha256 hash;
  forest.add_to_fingerprint(hash);
  return hash.hex();
}

TEST(Forest, ImportancesCountEachTreeAlike) {
  // Tree 0: feature 0 gains 0.2 x 10, feature 1 gains 0.1 x 6; tree 1: feature 1 alone; tree 2 has no split.
  EXPECT_THAT(small_forest().feature_importances(),
              ElementsAre(DoubleEq(2.0 / 2.6 / 2), DoubleEq((0.6 / 2.6 + 1) / 2), 0));
}

TEST(Forest, ImportancesAreThoseThatSparkGives) {
  // RandomForestClassificationModel.featureImportances of Spark 3.5.7 on tests/spark/origin_forest.txt.
  constexpr double kSparks[] = {
      0.00949383231758585,  0.010366787757080005, 0.009333249588805484, 0.004792534914883082,
      0.012843764960308987, 0.07620668242319059,  0.11273021217774007,  0.023360113472779193,
      0.01911422765134426,  0.0703139809658138,   0.011489627804963416, 0.018730053057969563,
      0.1582035980209277,   0.014544133312709762, 0.05816976955471699,  0.014349067684506566,
      0.2015474384547015,   0.0836697145182918,   0.09074121136168141};
  Forest forest;
  forest.num_features = 19;
  forest.trees = *read_forest_dump(Path(CHURNSTREAM_SOURCE_DIR) / "tests/spark/origin_forest.txt", 19);
  const std::vector<double> importances = forest.feature_importances();
  for (std::size_t feature = 0; feature < 19; ++feature)
    EXPECT_DOUBLE_EQ(importances[feature], kSparks[feature]) << feature;
}

TEST(Forest, RefusesPartsThatDoNotFitTogether) {
  EXPECT_EQ(refusal([](Forest&) {}), "accepted");
  EXPECT_THAT(refusal([](Forest& forest) { forest.trees.clear(); }), HasSubstr("no tree"));
  EXPECT_THAT(refusal([](Forest& forest) { forest.num_classes = 0; }), HasSubstr("no class"));
  EXPECT_THAT(refusal([](Forest& forest) { forest.num_classes = 3; }), HasSubstr("instead of 3"));
  EXPECT_THAT(refusal([](Forest& forest) { forest.tree_uids.pop_back(); }), HasSubstr("tree uids"));
  EXPECT_THAT(refusal([](Forest& forest) { forest.kind = PredictorKind::decision_tree_classifier; }),
              HasSubstr("one tree, not 3"));
  EXPECT_THAT(refusal([](Forest& forest) { forest.trees[1].stats[2] = -1; }),
              HasSubstr("negative class count"));
  EXPECT_THAT(refusal([](Forest& forest) { forest.trees[1].prediction[2] = 2; }), HasSubstr("not there"));
  EXPECT_THAT(refusal([](Forest& forest) { forest.trees[1].prediction[2] = 0.5; }), HasSubstr("not there"));
  EXPECT_THAT(refusal([](Forest& forest) { forest.thresholds = {1}; }), HasSubstr("1 thresholds"));
  EXPECT_THAT(refusal([](Forest& forest) { forest.thresholds = {0, 0}; }), HasSubstr("more than one"));
  EXPECT_THAT(refusal([](Forest& forest) { forest.thresholds = {NAN, 1}; }), HasSubstr("no number"));
  EXPECT_THAT(refusal([](Forest& forest) { forest.params.set["maxDepth"] = 2.5; }),
              HasSubstr("\"maxDepth\""));
}

TEST(Forest, TheFingerprintSeesWhatCountsAndNothingElse) {
  const std::string before = fingerprint(small_forest());
  const auto after = [](const std::function<void(Forest&)>& change) {
    Forest forest = small_forest();
    change(forest);
    return fingerprint(forest);
  };
  EXPECT_EQ(before, after([](Forest& forest) { forest.uid = "another"; }));
  EXPECT_EQ(before, after([](Forest& forest) { forest.tree_uids[0] = "another"; }));
  EXPECT_EQ(before, after([](Forest& forest) { forest.params.set["pruneTree"] = false; }))
      << "a param that old Sparks do not know";
  EXPECT_EQ(before, after([](Forest& forest) { forest.params.set["maxBins"] = 32; }))
      << "the default, but said";
  EXPECT_EQ(before, after([](Forest& forest) { forest.params.fallback["seed"] = 1; }))
      << "a default that PySpark draws anew";
  EXPECT_NE(before, after([](Forest& forest) { forest.params.set["seed"] = 1; }));
  EXPECT_NE(before, after([](Forest& forest) { forest.params.set["maxBins"] = 33; }));
  EXPECT_NE(before, after([](Forest& forest) { forest.thresholds = {0.3, 0.7}; }));
  EXPECT_NE(before, after([](Forest& forest) { forest.trees[0].split[0].threshold = 0.6; }));
  EXPECT_NE(before, after([](Forest& forest) { forest.trees[1].stats[3] += 1; }));
  EXPECT_NE(before, after([](Forest& forest) { std::swap(forest.trees[0], forest.trees[1]); }));
}

}  // namespace
}  // namespace churnstream
