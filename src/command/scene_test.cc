#include "command/scene.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace churnstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Path kFile = Path(CHURNSTREAM_SOURCE_DIR) / "tests" / "scenes" / "made_up.scene";
const std::string kModel = "model ../../examples/two_trees/model\n";
const std::string kRow = R"(row {"customer": "ann", "contract": "month", "tenure": 1, "charges": 10})"
                         "\n";

TEST(Scene, RowsBecomeRecordsUnderOneHeaderLine) {
  const auto scene = parse_scene(kModel + kRow +
                                     R"(row {"customer": "b, \"c\"", "tenure": null})"
                                     "\nexpect ann 0.75\n",
                                 kFile);
  ASSERT_TRUE(scene) << scene.error().message;
  EXPECT_THAT(*lines_of(*scene, "csv"),
              ElementsAre("customer,contract,tenure,charges", "ann,month,1,10", "\"b, \"\"c\"\"\",,,"));
}

TEST(Scene, WhatIsNoSceneIsPointedAt) {
  for (const auto& [text, problem] :
       {std::pair{kModel + "rwo {}\n", "made_up.scene:2"}, std::pair{kModel + "row [1]\n", "JSON object"},
        std::pair{kRow + "expect ann 1\n", "model or a pipeline"},
        std::pair{kModel + kRow, "expects something"}, std::pair{kModel + "batches 0\n", "batch size"},
        std::pair{kModel + "expect ann\n", "PROBABILITY"}}) {
    const auto scene = parse_scene(text, kFile);
    ASSERT_FALSE(scene) << text;
    EXPECT_EQ(scene.error().kind, ErrorKind::wrong);
    EXPECT_THAT(scene.error().message, HasSubstr(problem));
  }
}

TEST(Scene, ARowWithAColumnThatTheFirstLacksIsPointedAtUnderCsvAndFineUnderJson) {
  const std::string more = R"(row {"customer": "bob", "color": [1, "x"]})";
  const auto scene = parse_scene(kModel + kRow + more + "\nline  as it comes \nexpect ann 1\n", kFile);
  ASSERT_TRUE(scene) << scene.error().message;
  const auto csv = lines_of(*scene, "csv");
  ASSERT_FALSE(csv);
  EXPECT_THAT(csv.error().message, HasSubstr("made_up.scene:3"));
  EXPECT_THAT(csv.error().message, HasSubstr("the first row has no column \"color\""));
  const auto json = lines_of(*scene, "json");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_THAT(*json, ElementsAre(kRow.substr(4, kRow.size() - 5), more.substr(4), "as it comes"));
}

std::vector<std::string> complaints(const std::string& text) {
  return *play_scene(*parse_scene(text, kFile));
}

TEST(Scene, WhatComesOutAsExpectedIsNotComplainedAbout) {
  EXPECT_THAT(
      complaints(kModel + kRow + "expect ann 0.75\nexpect counter rows_read 1\nexpect nowhere left\n"),
      IsEmpty());
}

TEST(Scene, EveryWrongExpectationIsComplainedAbout) {
  EXPECT_THAT(
      complaints(kModel + kRow +
                 "expect ann 0.7500000000000001\nexpect bob 0.5\nexpect ann 0.75\n"
                 "expect counter rows_read 2\nexpect refused anything\nexpect nowhere month\n"),
      ElementsAre(HasSubstr("should score 0.7500000000000001 and scores 0.75"),
                  HasSubstr("bob should score 0.5"), HasSubstr("ann should score 0.75 and has no score"),
                  HasSubstr("rows_read should be 2 and is 1"), HasSubstr("no row is refused"),
                  HasSubstr("\"month\" is in a scored record")));
}

}  // namespace
}  // namespace churnstream
