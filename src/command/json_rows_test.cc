#include "command/json_rows.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

// The rows with a bar between them, or the problem.
std::string cut(std::string_view document, std::size_t rows_max = 100) {
  JsonRows rows;
  cut_json_rows(document, rows_max, rows);
  if (rows.problem != nullptr) return std::string("wrong: ") + rows.problem;
  std::string text = rows.is_one ? "one: " : "many: ";
  for (const std::string_view row : rows.rows) text += std::string(row) + "|";
  return text;
}

TEST(JsonRows, AnObjectIsOneRowAndAnArrayMany) {
  EXPECT_EQ(cut(" {\"a\": [1, 2]} \n"), "one: {\"a\": [1, 2]}|");
  EXPECT_EQ(cut("[]"), "many: ");
  EXPECT_EQ(cut("[ { } ,\n{\"a\":{\"b\":[1,2]}}]"), "many: { }|{\"a\":{\"b\":[1,2]}}|");
}

TEST(JsonRows, BracketsAndCommasInsideTextsAreLetters) {
  EXPECT_EQ(cut(R"([{"a":"],[\"}"},{"b\\":"\\"}])"), R"(many: {"a":"],[\"}"}|{"b\\":"\\"}|)");
}

TEST(JsonRows, WhatIsNoRowIsLeftToTheDecoder) {
  EXPECT_EQ(cut("[1, nonsense, \"x\"]"), "many: 1|nonsense|\"x\"|");
  EXPECT_EQ(cut("{broken"), "one: {broken|");
}

TEST(JsonRows, DocumentsThatDoNotEndOrGoOnAreRefused) {
  for (const char* document : {"", " ", "7", "null", "[", "[{}", "[{},", "[{},]", "[,{}]", "[{},,{}]",
                               "[{}] x", "[}]", "[\"a]", "[\"\\", "[{]"})
    EXPECT_EQ(cut(document).substr(0, 6), "wrong:") << document;
}

TEST(JsonRows, NoMoreAreLookedForThanOneTooMany) { EXPECT_EQ(cut("[1,2,3,4,5", 2), "many: 1|2|3|"); }

}  // namespace
}  // namespace churnstream
