#include "data/record_batch.h"

#include <gtest/gtest.h>

#include <cmath>

namespace churnstream {
namespace {

RecordBatch three_rows() {
  auto schema =
      std::make_shared<const Schema>(*Schema::make({{"id", ColumnType::text}, {"x", ColumnType::number}}));
  RecordBatch rows(schema);
  for (int i = 0; i < 3; ++i) {
    rows.column(0).add_text("row" + std::to_string(i));
    if (i == 1)
      rows.column(1).add_missing();
    else
      rows.column(1).add_number(i);
    rows.extent().offsets.push_back(Offset{i});
    rows.extent().event_times_us.push_back(100 + i);
  }
  return rows;
}

TEST(RecordBatch, KeepsTextNumbersAndGaps) {
  const RecordBatch rows = three_rows();
  EXPECT_EQ(rows.num_rows(), 3U);
  EXPECT_EQ(rows.column(0).text(2), "row2");
  EXPECT_TRUE(rows.column(1).is_missing(1));
  EXPECT_TRUE(std::isnan(rows.column(1).number(1)));
  EXPECT_EQ(rows.column(1).number(2), 2);
}

TEST(RecordBatch, TakesRowsInAnyOrder) {
  const RecordBatch taken = three_rows().take({2, 1, 2});
  EXPECT_EQ(taken.num_rows(), 3U);
  EXPECT_EQ(taken.column(0).text(0), "row2");
  EXPECT_EQ(taken.column(0).text(2), "row2");
  EXPECT_TRUE(taken.column(1).is_missing(1));
  EXPECT_EQ(taken.extent().offsets[0], Offset{2});
}

TEST(RecordBatch, TakesInAnotherBatch) {
  RecordBatch rows = three_rows();
  rows.append(three_rows().take({1, 0}));
  EXPECT_EQ(rows.num_rows(), 5U);
  EXPECT_EQ(rows.column(0).text(3), "row1");
  EXPECT_TRUE(rows.column(1).is_missing(3));
  EXPECT_EQ(rows.extent().offsets[4], Offset{0});
}

TEST(RecordBatch, TheLastCellCanBeTakenBack) {
  RecordBatch rows = three_rows();
  rows.column(0).remove_last();
  rows.column(0).add_text("other");
  EXPECT_EQ(rows.column(0).text(1), "row1");
  EXPECT_EQ(rows.column(0).text(2), "other");
}

TEST(Schema, ANameMayStandOnce) {
  EXPECT_FALSE(Schema::make({{"a", ColumnType::text}, {"a", ColumnType::number}}));
  EXPECT_FALSE(Schema::make({{"", ColumnType::text}}));
}

TEST(Checkpoint, TheSmallerOfTwoForgetsWhatOnlyOneKnows) {
  Checkpoint left, right;
  left.next = {{{"a", 0}, Offset{5}}, {{"b", 0}, Offset{1}}};
  right.next = {{{"a", 0}, Offset{3}}};
  EXPECT_EQ(smaller_of(left, right).next, (std::map<Partition, Offset>{{{"a", 0}, Offset{3}}}));
}

}  // namespace
}  // namespace churnstream
