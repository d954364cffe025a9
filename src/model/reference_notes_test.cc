#include "model/reference_notes.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace churnstream {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(ReferenceNotes, ComeBackAsTheyWereWritten) {
  ModelNotes notes;
  notes.extra["reference"] = reference_json(
      {{.name = "tenure", .type = ColumnType::number, .edges = {0.1, 2}, .counts = {1, 2, 3, 4}},
       {.name = "Contract", .values = {"Month-to-month", "Two year"}, .counts = {5, 6, 0, 7}}});
  notes.extra["scoreHistogram"] = {{"part", "test"}, {"counts", {1, 2, 3}}};
  notes.extra = nlohmann::json::parse(notes.extra.dump());
  const auto found = reference_columns(notes);
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "tenure");
  EXPECT_THAT(found[0].edges, ElementsAre(0.1, 2));
  EXPECT_THAT(found[0].counts, ElementsAre(1, 2, 3, 4));
  EXPECT_THAT(found[1].values, ElementsAre("Month-to-month", "Two year"));
  EXPECT_THAT(reference_scores(notes), ElementsAre(1, 2, 3));
}

TEST(ReferenceNotes, WhatIsNotAsItShouldBeIsLeftOut) {
  ModelNotes notes;
  EXPECT_THAT(reference_columns(notes), IsEmpty());
  EXPECT_THAT(reference_scores(notes), IsEmpty());
  for (const char* column :
       {R"(5)", R"({"name": "a"})", R"({"name": 5, "edges": [1], "counts": [1, 2, 3]})",
        R"({"name": "a", "counts": [1, 2]})", R"({"name": "a", "edges": [2, 1], "counts": [1, 2, 3, 4]})",
        R"({"name": "a", "edges": ["1"], "counts": [1, 2, 3]})",
        R"({"name": "a", "edges": [1], "counts": [1, 2]})",
        R"({"name": "a", "edges": [1], "counts": [1, -2, 3]})",
        R"({"name": "a", "values": ["b", "b"], "counts": [1, 2, 3, 4]})"}) {
    notes.extra["reference"] = nlohmann::json::array({nlohmann::json::parse(column)});
    EXPECT_THAT(reference_columns(notes), IsEmpty()) << column;
  }
  notes.extra["scoreHistogram"] = {{"counts", "many"}};
  EXPECT_THAT(reference_scores(notes), IsEmpty());
}

}  // namespace
}  // namespace churnstream
