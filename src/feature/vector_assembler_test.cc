#include "feature/vector_assembler.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "feature/string_indexer.h"

namespace churnstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

// Two customers by contract, tenure and charges; NaN charges are missing.
RecordBatch customers(double charges) {
  RecordBatch rows(std::make_shared<const Schema>(*Schema::make(
      {{"contract", ColumnType::text}, {"tenure", ColumnType::number}, {"charges", ColumnType::number}})));
  rows.column(0).add_text("year");
  rows.column(1).add_number(-0.0);
  rows.column(2).add_number(70.5);
  rows.column(0).add_text("month");
  rows.column(1).add_number(12);
  if (std::isnan(charges))
    rows.column(2).add_missing();
  else
    rows.column(2).add_number(charges);
  for (int row = 0; row < 2; ++row) {
    rows.extent().offsets.push_back(Offset{row});
    rows.extent().event_times_us.push_back(0);
  }
  return rows;
}

std::shared_ptr<const VectorAssembler> assembler(std::vector<std::string> columns,
                                                 HandleInvalid handle_invalid = HandleInvalid::error) {
  return *make_vector_assembler({.input_columns = std::move(columns), .handle_invalid = handle_invalid});
}

TEST(VectorAssembler, PutsColumnsAndVectorsSideBySide) {
  const RecordBatch rows = customers(30);
  Frame frame;
  frame.reset(rows);
  ASSERT_TRUE((*make_vector_assembler({.input_columns = {"charges", "tenure"}, .output_column = "money"}))
                  ->transform(frame));
  ASSERT_TRUE(assembler({"tenure", "money"})->transform(frame));
  EXPECT_THAT(frame.made_column("features")->values, ElementsAre(0, 70.5, 0, 12, 30, 12));
  EXPECT_FALSE(std::signbit(frame.made_column("features")->values[0])) << "-0.0 becomes 0.0";
  EXPECT_EQ(frame.made_column("features")->attributes[1].name, "money_charges");
}

TEST(VectorAssembler, CarriesTheCategoriesOfItsInputs) {
  const RecordBatch rows = customers(30);
  Frame frame;
  frame.reset(rows);
  ASSERT_TRUE(
      (*fit_string_indexer(frame, {.columns = {{"contract"}, {"contract_index"}}}))->transform(frame));
  ASSERT_TRUE(assembler({"tenure", "contract_index"})->transform(frame));
  const auto& attributes = frame.made_column("features")->attributes;
  EXPECT_EQ(attributes[0].arity, 0u);
  EXPECT_EQ(attributes[0].name, "tenure");
  EXPECT_EQ(attributes[1].arity, 2u);
  EXPECT_EQ(attributes[1].name, "contract_index");
  EXPECT_THAT(attributes[1].labels, ElementsAre("month", "year"));
}

TEST(VectorAssembler, AMissingValueRefusesDropsOrStays) {
  const RecordBatch rows = customers(NAN);
  Frame frame;
  frame.reset(rows);
  ASSERT_TRUE(assembler({"tenure", "charges"})->transform(frame));
  EXPECT_EQ(frame.state(0), RowState::good);
  EXPECT_EQ(frame.reason(1), "column \"charges\" has no value");

  frame.reset(rows);
  ASSERT_TRUE(assembler({"tenure", "charges"}, HandleInvalid::skip)->transform(frame));
  EXPECT_EQ(frame.state(1), RowState::dropped);

  frame.reset(rows);
  ASSERT_TRUE(assembler({"tenure", "charges"}, HandleInvalid::keep)->transform(frame));
  EXPECT_TRUE(frame.all_good());
  EXPECT_TRUE(std::isnan(frame.made_column("features")->values[3]));
}

TEST(VectorAssembler, RefusesTextAndColumnsThatAreNotThere) {
  const RecordBatch rows = customers(30);
  Frame frame;
  frame.reset(rows);
  EXPECT_THAT(assembler({"contract"})->transform(frame).error().message, HasSubstr("\"contract\" is text"));
  EXPECT_THAT(assembler({"age"})->transform(frame).error().message, HasSubstr("no column \"age\""));
  EXPECT_THAT((*make_vector_assembler({.input_columns = {"tenure"}, .output_column = "charges"}))
                  ->transform(frame)
                  .error()
                  .message,
              HasSubstr("charges"));
  EXPECT_FALSE(make_vector_assembler({}));
}

TEST(VectorAssembler, KeepsNoAttributesWhereNobodyAsksForThem) {
  const RecordBatch rows = customers(30);
  Frame frame(false);
  frame.reset(rows);
  ASSERT_TRUE(assembler({"tenure"})->transform(frame));
  EXPECT_TRUE(frame.made_column("features")->attributes.empty());
}

}  // namespace
}  // namespace churnstream
