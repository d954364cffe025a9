#include "command/page_segments.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command/pipeline_file.h"

namespace churnstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

Config page(const std::string& options) {
  return *parse_pipeline_file(
              "[source]\ntype = \"file\"\npath = \"in.csv\"\n[model]\npath = \"model\"\n"
              "[[sink]]\ntype = \"console\"\n[page]\n" +
                  options,
              "run.toml", "/data")
              ->page;
}

Schema customers() {
  return *Schema::make({{"customerID", ColumnType::text},
                        {"gender", ColumnType::text},
                        {"Contract", ColumnType::text},
                        {"tenure", ColumnType::number}});
}

TEST(PageSegments, TheUsualOnesAreThoseThatTheCustomersHave) {
  EXPECT_THAT(*segments_of(page(""), customers()), ElementsAre("tenure:12,Contract"));
}

TEST(PageSegments, AHiddenColumnSplitsNobody) {
  const auto named = segments_of(page("segments = [\"gender,Contract\"]\n"), customers());
  ASSERT_FALSE(named);
  EXPECT_THAT(named.error().message, HasSubstr("gender is one of the hidden_columns"));
  EXPECT_TRUE(segments_of(page("segments = [\"gender,Contract\"]\nhidden_columns = []\n"), customers()));
  EXPECT_TRUE(segments_of(page("hidden_columns = [\"Contract\"]\n"), customers())->empty());
}

TEST(PageSegments, ColumnsAreShownOrHiddenAndTheKeyIsNeither) {
  const HiddenSplit split = split_hidden(page(""), customers(), "customerID");
  EXPECT_THAT(split.hidden, ElementsAre("gender"));
  EXPECT_THAT(split.shown,
              ElementsAre(Field{"Contract", ColumnType::text}, Field{"tenure", ColumnType::number}));
}

}  // namespace
}  // namespace churnstream
