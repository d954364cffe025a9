// Scored records of one partition as a log that only we read: durable rows on their way into closed files.
// Each append is one part with a checksum, rows and position together, and one flush of the disk; whenever
// the process dies, what counts is everything before the first part that is not whole. The first part says
// which columns the rows have, so that a log outlives the model that wrote it. One owner, by the owner's
// lock.
//
//   part: length u32, crc u32 of what follows, then that many bytes
//   the first: the columns as JSON; the others: length u32 and text of the position, then blocks
//   (record_block.h) of rows, each with its length u32 before it
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "sink/day_ranges.h"
#include "sink/scored_record.h"
#include "table/duckdb_table.h"

namespace churnstream {

class RecordLog {
 public:
  // A new one, whatever lies at that path.
  static Result<std::unique_ptr<RecordLog>> make(Path path, const std::vector<RecordColumn>& columns);
  // One that a run before left, cut to what counts; nothing where not even its columns do.
  static Result<std::unique_ptr<RecordLog>> find(Path path);
  ~RecordLog();
  RecordLog(const RecordLog&) = delete;
  RecordLog& operator=(const RecordLog&) = delete;

  // Rows from `begin` on and the position are durable together. On error neither is, and the same may be
  // tried again. Needs: the record has the log's columns.
  Result<void> append(const ScoredRecord& record, const ScoredBatch& rows, std::size_t begin,
                      const Checkpoint& after);

  const Path& path() const { return path_; }
  std::uint64_t length() const { return length_; }
  const Checkpoint& position() const { return position_; }
  const std::vector<RecordColumn>& columns() const { return columns_; }
  const DayRanges& days() const { return days_; }

 private:
  explicit RecordLog(Path path) : path_(std::move(path)) {}
  Result<void> write(const Checkpoint& position);
  Result<void> read_to_the_end();
  void move_to(const Checkpoint& after);

  const Path path_;
  int file_ = -1;
  std::uint64_t length_ = 0;
  bool has_stray_bytes_ = false;  // a failed append may have left some behind length_
  Checkpoint position_;
  std::vector<RecordColumn> columns_;
  DayRanges days_;
  DayNames day_names_;
  std::string part_;
};

// The rows in the first `length` bytes of a log, as DuckDB draws them: the columns in their order and `day`
// behind them; a time that no calendar names is null. One thread.
class LogRows : public RowStream {
 public:
  LogRows(Path path, std::uint64_t length, std::vector<RecordColumn> columns);
  ~LogRows() override;

  std::vector<std::pair<std::string, StreamedType>> declaration() const;
  Result<void> rewind() override;
  Result<std::size_t> next(std::vector<StreamedColumn>& columns) override;

 private:
  void name_days(const StreamedColumn& times, std::size_t num_rows, StreamedColumn& days);

  const Path path_;
  const std::uint64_t length_;
  const std::vector<RecordColumn> columns_;
  int file_ = -1;
  std::uint64_t at_ = 0;
  std::string part_;
  std::string_view blocks_;  // of the part, not drawn yet
  DayNames day_names_;
};

}  // namespace churnstream
