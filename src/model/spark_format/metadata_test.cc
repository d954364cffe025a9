#include "model/spark_format/metadata.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <fstream>
#include <limits>

#include "model/forest.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(Metadata, IsWrittenAsSparkReadsIt) {
  Forest forest;
  forest.kind = PredictorKind::decision_tree_classifier;
  StageMetadata metadata{.class_name = "a.Class", .uid = "Class_1"};
  metadata.params.set = {{"seed", std::numeric_limits<std::int64_t>::min()},
                         {"minInfoGain", 0},
                         {"thresholds", {0, "Inf"}},
                         {"pruneTree", true}};
  metadata.params = writable_params(metadata.params, forest.param_list());
  metadata.extra = {{"numClasses", 2}};
  EXPECT_EQ(metadata_text(metadata, 1703252558747),
            R"({"class":"a.Class","defaultParamMap":{"cacheNodeIds":false,"checkpointInterval":10,)"
            R"("featuresCol":"features","impurity":"gini","labelCol":"label","leafCol":"","maxBins":32,)"
            R"("maxDepth":5,"maxMemoryInMB":256,"minInfoGain":0.0,"minInstancesPerNode":1,)"
            R"("minWeightFractionPerNode":0.0,"predictionCol":"prediction","probabilityCol":"probability",)"
            R"("rawPredictionCol":"rawPrediction","seed":159147643},"numClasses":2,)"
            R"("paramMap":{"minInfoGain":0.0,"seed":-9223372036854775808,"thresholds":[0.0,"Inf"]},)"
            R"("sparkVersion":"3.5.0","timestamp":1703252558747,"uid":"Class_1"})");
}

TEST(Metadata, ReadsBackWhatItWrote) {
  StageMetadata metadata{.class_name = "a.Class", .uid = "Class_1"};
  metadata.params.set = {{"seed", std::numeric_limits<std::int64_t>::max()}, {"x", json_of(NAN)}};
  const auto again = parse_metadata(metadata_text(metadata, 1), "here");
  ASSERT_TRUE(again) << again.error().message;
  EXPECT_EQ(again->class_name, "a.Class");
  EXPECT_EQ(again->params.set, metadata.params.set);
  EXPECT_TRUE(std::isnan(number_of(again->params.get("x"))));
  EXPECT_TRUE(again->extra.empty());
}

TEST(Metadata, AWholeNumberWhereSparkWantsADoubleIsUnderstood) {
  ParamMaps params;
  params.set = {{"minInfoGain", 1}};
  EXPECT_TRUE(check_params(params, tree_param_list(), "u"));
  params.set = {{"seed", 1.0}};
  EXPECT_FALSE(check_params(params, tree_param_list(), "u")) << "but no double where it wants an integer";
  params.set = {{"seed", std::uint64_t{9223372036854775808u}}};
  EXPECT_FALSE(check_params(params, tree_param_list(), "u")) << "nor one beyond 64 bits with a sign";
}

TEST(Metadata, NumbersBeyondJsonAreText) {
  EXPECT_EQ(json_of(-INFINITY), "-Inf");
  EXPECT_EQ(number_of("Inf"), INFINITY);
  EXPECT_EQ(number_of("-Inf"), -INFINITY);
  EXPECT_EQ(number_of(3), 3.0);
  EXPECT_FALSE(is_number_param("Infinity"));
}

TEST(DataFiles, AreChosenAsSparkChoosesThem) {
  const TemporaryFolder folder;
  for (const char* name : {"part-00001", "part-00000-x.txt", "_SUCCESS", ".part.crc", "_metadata",
                           "_common_metadata_2", "_a=1", "_started_5", "part._COPYING_"})
    std::ofstream(folder / name) << "x";
  std::filesystem::create_directory(folder / "folder");
  std::vector<std::string> names;
  const std::vector<Path> files = data_files(folder.path()).value();
  for (const Path& file : files) names.push_back(file.filename());
  EXPECT_THAT(names,
              ElementsAre("_a=1", "_common_metadata_2", "_metadata", "part-00000-x.txt", "part-00001"));
}

TEST(Json, FromOutsideMayNotNestWithoutEnd) {
  const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
  EXPECT_TRUE(parse_json(nested(100), "here"));
  EXPECT_THAT(parse_json(nested(101), "here").error().message, HasSubstr("too deep"));
  EXPECT_TRUE(parse_json("\"" + std::string(200, '[') + "\\\"" + std::string(200, '{') + "\"", "here"))
      << "brackets inside text are text";
}

}  // namespace
}  // namespace churnstream
