#include "source/record_framing.h"

#include <algorithm>
#include <cstring>

#include "base/result.h"

namespace churnstream {
namespace {

constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// The index of the first `wanted` in [from, to), or `to`.
std::size_t find_byte(const std::string& bytes, char wanted, std::size_t from, std::size_t to) {
  const void* found = from < to ? std::memchr(bytes.data() + from, wanted, to - from) : nullptr;
  return found == nullptr ? to : static_cast<std::size_t>(static_cast<const char*>(found) - bytes.data());
}

}  // namespace

RecordFraming::RecordFraming(std::uint64_t record_bytes_max, Framing framing)
    : record_bytes_max_(record_bytes_max),
      framing_(framing),
      beginning_kept_(std::min<std::size_t>(kBeginningBytesKept, record_bytes_max)) {
  insist(record_bytes_max > 0, "the limit of a record is positive");
}

void RecordFraming::add(std::string_view bytes) {
  if (begin_ > buffer_.size() / 2) {
    buffer_.erase(0, begin_);
    scanned_ -= begin_;
    begin_ = 0;
  }
  buffer_.append(bytes);
}

void RecordFraming::take(std::size_t records_max, bool ended, RawBatch& out) {
  out.clear();
  const std::size_t first = begin_;
  while (out.records.size() < records_max && begin_ < buffer_.size()) {
    const std::size_t end = find_line_end(ended);
    if (end == kNone && !ended) break;
    finish(std::min(end, buffer_.size()), out);
  }
  // The views point into buffer_ so far; the batch gets bytes of its own.
  out.storage->assign(buffer_, first, begin_ - first);
  for (RawRecord& record : out.records)
    record.bytes = {out.storage->data() + (record.bytes.data() - buffer_.data() - first),
                    record.bytes.size()};
  if (is_too_long_) {
    buffer_.erase(begin_ + beginning_kept_, scanned_ - begin_ - beginning_kept_);
    scanned_ = begin_ + beginning_kept_;
  }
}

// The record under way ends at `end`, where a line feed stands, or the stream's end.
void RecordFraming::finish(std::size_t end, RawBatch& out) {
  RawRecord record;
  record.bytes = std::string_view(buffer_).substr(begin_, is_too_long_ ? beginning_kept_ : end - begin_);
  if (!is_too_long_ && record.bytes.ends_with('\r')) record.bytes.remove_suffix(1);
  if (is_too_long_)
    record.flaw = RecordFlaw::too_long;
  else if (in_quotes_)
    record.flaw = RecordFlaw::unclosed_quote;
  out.records.push_back(record);
  begin_ = scanned_ = std::min(end + 1, buffer_.size());
  in_quotes_ = is_too_long_ = is_stream_begin_ = false;
}

// Where the record under way ends, or kNone when that has not come yet; then no byte is looked at twice.
std::size_t RecordFraming::find_line_end(bool ended) {
  if (!is_too_long_) {
    const bool is_over = buffer_.size() - begin_ > record_bytes_max_;
    const std::size_t limit = is_over ? begin_ + record_bytes_max_ + 1 : buffer_.size();
    const std::size_t end = scan(limit, !ended && !is_over);
    if (end != kNone || !is_over) return end;
    is_too_long_ = true;
    in_quotes_ = false;
  }
  scanned_ = find_byte(buffer_, '\n', scanned_, buffer_.size());
  return scanned_ == buffer_.size() ? kNone : scanned_;
}

// Looks for the line end up to `limit`. On kNone everything before `limit` was looked at, but for a quote
// whose meaning the next byte decides.
std::size_t RecordFraming::scan(std::size_t limit, bool more_may_come) {
  if (framing_ == Framing::lines) {
    scanned_ = find_byte(buffer_, '\n', scanned_, limit);
    return scanned_ == limit ? kNone : scanned_;
  }
  std::size_t line_end = kNone;  // the first one at or behind scanned_, once it is known
  while (scanned_ < limit) {
    if (in_quotes_) {
      const std::size_t quote = find_byte(buffer_, '"', scanned_, limit);
      scanned_ = quote;
      if (quote == limit || (quote + 1 == limit && more_may_come)) return kNone;
      const bool is_doubled = quote + 1 < limit && buffer_[quote + 1] == '"';
      scanned_ = quote + (is_doubled ? 2 : 1);
      in_quotes_ = is_doubled;
      continue;
    }
    // Looked for once per line, not once per quote: a line of nothing but quotes must not cost its square.
    if (line_end == kNone || line_end < scanned_) line_end = find_byte(buffer_, '\n', scanned_, limit);
    const std::size_t quote = find_byte(buffer_, '"', scanned_, line_end);
    scanned_ = quote;
    if (quote == line_end) return line_end == limit ? kNone : line_end;
    const bool is_behind_mark = is_stream_begin_ && quote == begin_ + kByteOrderMark.size() &&
                                std::string_view(buffer_).substr(begin_).starts_with(kByteOrderMark);
    in_quotes_ = quote == begin_ || buffer_[quote - 1] == ',' || is_behind_mark;
    ++scanned_;
  }
  return kNone;
}

}  // namespace churnstream
