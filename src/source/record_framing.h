// Splits a stream of bytes into records: the lines of a file, except that in CSV a line end inside quotes is
// part of its record. The first step behind a file or a pipe. Owned by one source.
//
// In CSV a quote opens only at the beginning of a field (of the record, or behind a comma) and closes at the
// next quote that is not doubled; the CSV decoder reads by the same rule, so that both always see the same
// records.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "data/raw_batch.h"

namespace churnstream {

constexpr std::uint64_t kRecordBytesMax = 1 << 20;    // The default limit: far over any honest customer.
constexpr std::size_t kBeginningBytesKept = 4 << 10;  // Of a record over the limit: enough to recognise it.

enum class Framing : std::uint8_t {
  csv,    // quotes may hold line ends
  lines,  // a line is a record, whatever it holds: JSON lines
};

class RecordFraming {
 public:
  // Needs: record_bytes_max > 0. A longer record (its line feed not counted) is flagged too_long; then the
  // next line feed behind the limit ends it, since its quotes cannot be trusted any more.
  explicit RecordFraming(std::uint64_t record_bytes_max = kRecordBytesMax, Framing framing = Framing::csv);

  // More bytes of the stream, in pieces of any length.
  void add(std::string_view bytes);

  // Puts the next complete records, at most `records_max`, into `out`, which is cleared: their bytes without
  // line end, and their flaws; addresses and times are the caller's. `ended`: no bytes will follow, so what
  // is left is the last record.
  void take(std::size_t records_max, bool ended, RawBatch& out);

  // Bytes that wait here, of records not yet taken or not yet complete.
  std::size_t bytes_waiting() const { return buffer_.size() - begin_; }

 private:
  static constexpr std::size_t kNone = static_cast<std::size_t>(-1);
  std::size_t find_line_end(bool ended);
  std::size_t scan(std::size_t limit, bool more_may_come);
  void finish(std::size_t end, RawBatch& out);

  std::size_t record_bytes_max_;
  Framing framing_;
  std::size_t beginning_kept_;
  std::string buffer_;
  std::size_t begin_ = 0;        // of the record under way; what lies before it was taken
  std::size_t scanned_ = 0;      // bytes of buffer_ that have been looked at
  bool in_quotes_ = false;       // whether byte scanned_ lies inside quotes
  bool is_too_long_ = false;     // the record under way is over the limit
  bool is_stream_begin_ = true;  // a byte order mark may stand at begin_
};

}  // namespace churnstream
