#include "sink/scored_record.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "testing/scored_rows.h"

namespace churnstream {
namespace {

TEST(ScoredRecord, IsOneJsonObjectWithOurColumnsFirst) {
  const auto record = *ScoredRecord::make(*test_columns(), *test_terms());
  std::string json;
  record.append_json(json,
                     scored_rows({{.offset = 3, .id = "a", .probability = 0.75, .event_time_us = 1}}, 4), 0);
  EXPECT_EQ(json,
            R"({"customer_id":"a","probability":0.75,"prediction":"Yes","flagged":true,"risk_band":"high",)"
            R"("expected_loss":7.5,"model":"abc123","event_time":"1970-01-01T00:00:00.000001Z",)"
            R"("scored_at":"1970-01-01T00:00:01.000000Z","source_topic":"churn","source_partition":0,)"
            R"("source_offset":3,"note":"month","charges":10})");
}

TEST(ScoredRecord, ACustomersColumnWithOneOfOurNamesIsRefusedWhateverTheCase) {
  for (const char* name : {"Model", "PREDICTION", "source_offset", "NOTE"}) {
    const Schema schema =
        *Schema::make({{"id", ColumnType::text}, {"note", ColumnType::text}, {name, ColumnType::text}});
    const auto record = ScoredRecord::make(schema, *test_terms());
    ASSERT_FALSE(record) << name;
    EXPECT_EQ(record.error().kind, ErrorKind::wrong);
    EXPECT_THAT(record.error().message, testing::HasSubstr(name));
  }
}

TEST(ScoredRecord, TheKeyColumnMayHaveAnyName) {
  EXPECT_TRUE(ScoredRecord::make(*Schema::make({{"customer_id", ColumnType::text}}), *test_terms()));
}

TEST(ScoredRecord, MissingCellsAreNull) {
  ScoredBatch batch = scored_rows({{.offset = 0}}, 1);
  batch.rows.column(1).remove_last();
  batch.rows.column(1).add_missing();
  std::string json, csv;
  const auto record = *ScoredRecord::make(*test_columns(), *test_terms());
  record.append_json(json, batch, 0);
  record.append_csv(csv, batch, 0);
  EXPECT_THAT(json, testing::HasSubstr(R"("note":null,)"));
  EXPECT_THAT(csv, testing::HasSubstr(",0,0,,10\n"));
}

}  // namespace
}  // namespace churnstream
