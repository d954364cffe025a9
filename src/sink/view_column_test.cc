#include "sink/view_column.h"

#include <gtest/gtest.h>

namespace churnstream {
namespace {

Schema customers(std::vector<Field> fields) { return *Schema::make(std::move(fields)); }

std::string as_text(const std::vector<ViewColumn>& columns) {
  std::string text;
  for (const ViewColumn& column : columns)
    text += (text.empty() ? "" : ", ") + column.name + "=" + column.shows + (column.is_customers ? "" : "!");
  return text;
}

TEST(ViewColumn, TheCustomersColumnsComeFirstInTheirOrderUnderUpperCaseNames) {
  const Schema schema = customers({{"id", ColumnType::text}, {"tenure", ColumnType::number}});
  const auto columns = view_columns(schema, {{"CHURN", "prediction", RecordKind::text}},
                                    [&](std::size_t index) { return schema[index].name; });
  EXPECT_EQ(as_text(columns), "ID=id, TENURE=tenure, CHURN=prediction!");
  EXPECT_EQ(columns[0].kind, RecordKind::text);
  EXPECT_EQ(columns[1].kind, RecordKind::number);
}

TEST(ViewColumn, ACustomersColumnThatWouldBeCalledAsOneOfOursIsLeftOut) {
  const Schema schema = customers({{"churn", ColumnType::text}, {"tenure", ColumnType::number}});
  EXPECT_EQ(as_text(view_columns(schema, {{"CHURN", "prediction", RecordKind::text}},
                                 [&](std::size_t index) { return schema[index].name; })),
            "TENURE=tenure, CHURN=prediction!");
}

TEST(ViewColumn, OurColumnsHaveTheKindOfTheScoredRecord) {
  EXPECT_EQ(own_record_kind("probability"), RecordKind::number);
  EXPECT_EQ(own_record_kind("scored_at"), RecordKind::time);
  EXPECT_EQ(own_record_kind("flagged"), RecordKind::flag);
}

}  // namespace
}  // namespace churnstream
