#include "data/column_reference.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <limits>

namespace churnstream {
namespace {

using testing::ElementsAre;

RecordBatch rows_of(const std::vector<double>& numbers, const std::vector<std::string>& texts) {
  RecordBatch rows(std::make_shared<const Schema>(*Schema::make(
      {{"id", ColumnType::text}, {"tenure", ColumnType::number}, {"Contract", ColumnType::text}})));
  for (std::size_t row = 0; row < numbers.size(); ++row) {
    rows.column(0).add_text(std::to_string(row));
    if (numbers[row] < 0)
      rows.column(1).add_missing();
    else
      rows.column(1).add_number(numbers[row]);
    rows.column(2).add_text(texts[row % texts.size()]);
  }
  return rows;
}

TEST(ColumnReferences, NumbersAreCountedBetweenTheirDeciles) {
  std::vector<double> numbers;
  for (int number = 0; number <= 100; ++number) numbers.push_back(number);
  numbers.push_back(-1);
  const auto found = references_of(rows_of(numbers, {"a"}), {"id"});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "tenure");
  EXPECT_THAT(found[0].edges, ElementsAre(10, 20, 30, 40, 50, 60, 70, 80, 90));
  EXPECT_THAT(found[0].counts, ElementsAre(11, 10, 10, 10, 10, 10, 10, 10, 10, 10, 1));
  EXPECT_EQ(found[0].bin_of(10), 0u);
  EXPECT_EQ(found[0].bin_of(10.5), 1u);
  EXPECT_EQ(found[0].bin_of(1e9), 9u);
  EXPECT_EQ(found[0].bin_of(std::numeric_limits<double>::quiet_NaN()), 10u);
}

TEST(ColumnReferences, ManyEqualNumbersShareABin) {
  std::vector<double> numbers(19, 0);
  numbers.push_back(1);
  const auto found = references_of(rows_of(numbers, {"a"}), {"id"});
  EXPECT_THAT(found[0].edges, ElementsAre(0));
  EXPECT_THAT(found[0].counts, ElementsAre(19, 1, 0));
}

TEST(ColumnReferences, TextsAreCountedByValueAndTheUnseenTogether) {
  const auto found = references_of(rows_of({1, 1, 1, 1, 1}, {"b", "a"}), {"id", "tenure"});
  ASSERT_EQ(found.size(), 1u);
  EXPECT_THAT(found[0].values, ElementsAre("a", "b"));
  EXPECT_THAT(found[0].counts, ElementsAre(2, 3, 0, 0));
  EXPECT_EQ(found[0].bin_of("c"), 2u);
}

TEST(ColumnReferences, IdsHaveNone) {
  const auto found = references_of(rows_of(std::vector<double>(60, 1.0), {"a"}), {});
  ASSERT_EQ(found.size(), 2u);
  EXPECT_EQ(found[0].name, "tenure");
}

}  // namespace
}  // namespace churnstream
