// Scored records as Snowflake takes them: one JSON object a row, under the names of the tables' columns. Made
// once per sink, then still.
#pragma once

#include <string>
#include <vector>

#include "sink/scored_record.h"

namespace churnstream {

struct SnowflakeColumn {
  std::string name;  // as Snowflake has it: upper case, which needs no quotes in a question
  RecordKind kind = RecordKind::text;
  std::string field;  // of the scored record that fills it; empty: none
};

// What a column of this kind is made as, and what the catalog calls it then.
struct SnowflakeType {
  const char* name;
  const char* in_catalog;
};
SnowflakeType snowflake_type(RecordKind kind);

// A time without a zone, to the microsecond; those beyond the years 1 to 9999, which Snowflake does not have,
// are the nearest one it has, so that their order stays.
void append_snowflake_time(std::string& out, EpochMicros time_us);

class SnowflakeRowText {
 public:
  explicit SnowflakeRowText(const ScoredRecord& record);

  const std::vector<SnowflakeColumn>& columns() const { return columns_; }
  void append(std::string& out, const ScoredBatch& batch, std::size_t row) const;

 private:
  const ScoredRecord& record_;
  std::vector<SnowflakeColumn> columns_;
  std::vector<std::string> json_names_;  // quoted, with what stands before and the colon behind
};

}  // namespace churnstream
