// Scored records as a log that only we read: how rows are appended, and the SELECT with which DuckDB reads a
// log back with the types its rows had. The first line says which columns they are, so that a log outlives
// the model that wrote it. Any thread.
//
// Texts are in quotes, so that an empty one is not a missing one; times are whole microseconds since 1970.
#pragma once

#include <string>
#include <vector>

#include "base/file.h"
#include "sink/scored_record.h"

namespace churnstream {

// Before the first row is appended.
Result<void> note_columns(const Path& log, const std::vector<RecordColumn>& columns);
Result<std::vector<RecordColumn>> columns_of_log(const Path& log);
Path columns_note(const Path& log);

void append_to_log(std::string& out, const ScoredRecord& record, const ScoredBatch& rows, std::size_t row);

// The day of an event, "2026-11-25", in UTC; "unknown" beyond the years 1 to 9999.
std::string day_of(EpochMicros time_us);

// The columns in their order, and `day` behind them. Times are TIMESTAMPTZ, or RFC 3339 text.
std::string select_from_log(const Path& log, const std::vector<RecordColumn>& columns, bool times_as_text);
// day, num_rows, first_offset, last_offset of each day in a log.
std::string days_in_log(const Path& log, const std::vector<RecordColumn>& columns);

}  // namespace churnstream
