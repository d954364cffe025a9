#include "sink/record_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <nlohmann/json.hpp>
#include <utility>

#include "base/crc32.h"
#include "data/checkpoint_text.h"
#include "sink/record_block.h"

namespace churnstream {
namespace {

// In the order of RecordKind.
constexpr std::array<const char*, 5> kKindNames{"text", "number", "flag", "integer", "time"};
constexpr std::array<StreamedType, 5> kStreamedTypes{
    StreamedType::text, StreamedType::number, StreamedType::flag, StreamedType::integer, StreamedType::time};
constexpr std::size_t kHeadBytes = 2 * sizeof(std::uint32_t);

tl::unexpected<Error> damaged(const Path& log) {
  return wrong("reading", log.string(), "it is no log of scored records, or was damaged",
               "move it away; its rows are read again where the source still has them");
}

void close_if_open(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
  std::uint32_t number = 0;
  std::memcpy(&number, bytes.data() + at, sizeof number);
  return number;
}

void put_number(std::string& bytes, std::size_t at, std::size_t number) {
  const auto value = static_cast<std::uint32_t>(number);
  std::memcpy(bytes.data() + at, &value, sizeof value);
}

// Room for a length that is known later.
std::size_t begin_length(std::string& bytes) {
  bytes.append(sizeof(std::uint32_t), '\0');
  return bytes.size();
}
void end_length(std::string& bytes, std::size_t begin) {
  put_number(bytes, begin - sizeof(std::uint32_t), bytes.size() - begin);
}

// Takes what a length before it delimits from the front of the bytes; nothing where they do not suffice.
std::optional<std::string_view> take_delimited(std::string_view& bytes) {
  if (bytes.size() < sizeof(std::uint32_t)) return std::nullopt;
  const std::size_t length = number_at(bytes, 0);
  bytes.remove_prefix(sizeof(std::uint32_t));
  if (length > bytes.size()) return std::nullopt;
  const std::string_view taken = bytes.substr(0, length);
  bytes.remove_prefix(length);
  return taken;
}

Result<bool> read_at(int file, std::uint64_t at, std::size_t size, const Path& path, std::string& out) {
  out.resize(size);
  for (std::size_t done = 0; done < size;) {
    const ssize_t count = ::pread(file, out.data() + done, size - done, static_cast<off_t>(at + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("reading", path.string(), errno_text());
    if (count == 0) return false;
    done += static_cast<std::size_t>(count);
  }
  return true;
}

// The part that begins there, without its head, and whether it is whole. What this run has written, or has
// found to be whole, need not be summed again.
Result<bool> read_part(int file, std::uint64_t at, std::uint64_t end, const Path& path, std::string& out,
                       bool sums = false) {
  if (at + kHeadBytes > end) return false;
  CHURNSTREAM_TRY_ASSIGN(const bool has_head, read_at(file, at, kHeadBytes, path, out));
  if (!has_head) return false;
  const std::uint32_t length = number_at(out, 0), crc = number_at(out, sizeof length);
  if (length > end - at - kHeadBytes) return false;
  CHURNSTREAM_TRY_ASSIGN(const bool has_bytes, read_at(file, at + kHeadBytes, length, path, out));
  return has_bytes && (!sums || crc32_of(out) == crc);
}

std::string columns_as_text(const std::vector<RecordColumn>& columns) {
  nlohmann::json json = nlohmann::json::array();
  for (const RecordColumn& column : columns)
    json.push_back({column.name, kKindNames[static_cast<std::size_t>(column.kind)]});
  return json.dump();
}

std::optional<std::vector<RecordColumn>> columns_from_text(std::string_view text) {
  const nlohmann::json json = nlohmann::json::parse(text, nullptr, false);
  if (!json.is_array() || json.empty()) return std::nullopt;
  std::vector<RecordColumn> columns;
  for (const nlohmann::json& column : json) {
    if (!column.is_array() || column.size() != 2 || !column[0].is_string() || !column[1].is_string())
      return std::nullopt;
    const auto kind = std::find(kKindNames.begin(), kKindNames.end(), column[1].get<std::string>());
    if (kind == kKindNames.end()) return std::nullopt;
    columns.push_back({column[0], static_cast<RecordKind>(kind - kKindNames.begin())});
  }
  return columns;
}

// Every record has these two.
struct Places {
  std::size_t time = 0, offset = 0;
};
std::optional<Places> places_in(const std::vector<RecordColumn>& columns) {
  const auto place_of = [&](std::string_view name, RecordKind kind) {
    const auto place = std::find_if(columns.begin(), columns.end(), [&](const RecordColumn& column) {
      return column.name == name && column.kind == kind;
    });
    return static_cast<std::size_t>(place - columns.begin());
  };
  const Places places{place_of("event_time", RecordKind::time),
                      place_of("source_offset", RecordKind::integer)};
  if (places.time == columns.size() || places.offset == columns.size()) return std::nullopt;
  return places;
}

// A time that no calendar names is null.
void leave_out_unnamed(StreamedColumn& times, std::size_t num_rows) {
  for (std::size_t row = 0; row < num_rows; ++row) {
    const auto time = static_cast<EpochMicros>(times.word(row));
    if (time >= kFirstNamedUs && time <= kLastNamedUs) continue;
    times.is_null.resize(num_rows, 0);
    times.is_null[row] = 1;
  }
}

}  // namespace

RecordLog::~RecordLog() { close_if_open(file_); }

Result<std::unique_ptr<RecordLog>> RecordLog::make(Path path, const std::vector<RecordColumn>& columns) {
  std::unique_ptr<RecordLog> log(new RecordLog(std::move(path)));
  log->columns_ = columns;
  log->file_ = ::open(log->path_.c_str(), O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
  if (log->file_ < 0) return failed("opening", log->path_.string(), errno_text());
  log->part_.assign(kHeadBytes, '\0');
  log->part_ += columns_as_text(columns);
  CHURNSTREAM_TRY(log->write({}));
  CHURNSTREAM_TRY(sync_to_disk(log->path_.parent_path()));
  return log;
}

Result<std::unique_ptr<RecordLog>> RecordLog::find(Path path) {
  std::unique_ptr<RecordLog> log(new RecordLog(std::move(path)));
  log->file_ = ::open(log->path_.c_str(), O_RDWR | O_CLOEXEC);
  if (log->file_ < 0) return failed("opening", log->path_.string(), errno_text());
  CHURNSTREAM_TRY(log->read_to_the_end());
  if (log->length_ == 0) return nullptr;
  if (::ftruncate(log->file_, static_cast<off_t>(log->length_)) != 0)
    return failed("opening", log->path_.string(), errno_text());
  return log;
}

Result<void> RecordLog::read_to_the_end() {
  const off_t end = ::lseek(file_, 0, SEEK_END);
  if (end < 0) return failed("reading", path_.string(), errno_text());
  std::optional<Places> places;
  std::vector<StreamedColumn> rows;
  for (;;) {
    CHURNSTREAM_TRY_ASSIGN(const bool is_whole,
                           read_part(file_, length_, static_cast<std::uint64_t>(end), path_, part_, true));
    if (!is_whole) return {};
    if (length_ == 0) {
      auto columns = columns_from_text(part_);
      if (!columns || !(places = places_in(*columns))) return damaged(path_);
      columns_ = *std::move(columns);
      rows.resize(columns_.size());
    } else {
      std::string_view rest = part_;
      const auto text = take_delimited(rest);
      const auto position = checkpoint_from_text(text.value_or(""));
      if (!position) return damaged(path_);
      while (!rest.empty()) {
        const auto block = take_delimited(rest);
        const auto count = read_block(block.value_or(""), columns_, rows);
        if (!count) return damaged(path_);
        for (std::size_t row = 0; row < *count; ++row)
          add_to(days_, day_names_(static_cast<EpochMicros>(rows[places->time].word(row))),
                 Offset{static_cast<std::int64_t>(rows[places->offset].word(row))});
      }
      move_to(*position);
    }
    length_ += kHeadBytes + part_.size();
  }
}

Result<void> RecordLog::append(const ScoredRecord& record, const ScoredBatch& rows, std::size_t begin,
                               const Checkpoint& after) {
  part_.assign(kHeadBytes, '\0');
  const std::size_t text = begin_length(part_);
  part_ += checkpoint_as_text(after);
  end_length(part_, text);
  for (std::size_t first = begin; first < rows.num_rows(); first += kBlockRowsMax) {
    const std::size_t block = begin_length(part_);
    append_block(part_, record, rows, first, std::min(first + kBlockRowsMax, rows.num_rows()));
    end_length(part_, block);
  }
  CHURNSTREAM_TRY(write(after));
  const Extent& extent = rows.rows.extent();
  for (std::size_t row = begin; row < rows.num_rows(); ++row)
    add_to(days_, day_names_(extent.event_times_us[row]), extent.offsets[row]);
  return {};
}

// part_, with its head, behind the others.
Result<void> RecordLog::write(const Checkpoint& position) {
  const std::string_view behind_head = std::string_view(part_).substr(kHeadBytes);
  const std::uint32_t crc = crc32_of(behind_head);
  put_number(part_, 0, behind_head.size());
  put_number(part_, sizeof(std::uint32_t), crc);
  if (has_stray_bytes_ && ::ftruncate(file_, static_cast<off_t>(length_)) != 0)
    return failed("writing", path_.string(), errno_text());
  has_stray_bytes_ = true;
  for (std::size_t done = 0; done < part_.size();) {
    const ssize_t count =
        ::pwrite(file_, part_.data() + done, part_.size() - done, static_cast<off_t>(length_ + done));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("writing", path_.string(), errno_text());
    done += static_cast<std::size_t>(count);
  }
  if (::fdatasync(file_) != 0) return failed("writing", path_.string(), errno_text());
  has_stray_bytes_ = false;
  length_ += part_.size();
  move_to(position);
  return {};
}

void RecordLog::move_to(const Checkpoint& after) {
  for (const auto& [partition, next] : after.next) position_.next[partition] = next;
  for (const auto& [topic, identity] : after.identity) position_.identity[topic] = identity;
}

LogRows::LogRows(Path path, std::uint64_t length, std::vector<RecordColumn> columns)
    : path_(std::move(path)), length_(length), columns_(std::move(columns)) {}

LogRows::~LogRows() { close_if_open(file_); }

std::vector<std::pair<std::string, StreamedType>> LogRows::declaration() const {
  std::vector<std::pair<std::string, StreamedType>> declared;
  for (const RecordColumn& column : columns_)
    declared.emplace_back(column.name, kStreamedTypes[static_cast<std::size_t>(column.kind)]);
  declared.emplace_back("day", StreamedType::text);
  return declared;
}

Result<void> LogRows::rewind() {
  close_if_open(file_);
  file_ = ::open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (file_ < 0) return failed("reading", path_.string(), errno_text());
  blocks_ = {};
  CHURNSTREAM_TRY_ASSIGN(const bool is_whole, read_part(file_, 0, length_, path_, part_));
  if (!is_whole) return damaged(path_);
  at_ = kHeadBytes + part_.size();
  return {};
}

void LogRows::name_days(const StreamedColumn& times, std::size_t num_rows, StreamedColumn& days) {
  days.texts.clear();
  days.places.clear();
  for (std::size_t row = 0; row < num_rows; ++row)
    days.texts.push_back(day_names_(static_cast<EpochMicros>(times.word(row))));
  const auto is_another = [&](std::string_view day) { return day != days.texts[0]; };
  if (std::any_of(days.texts.begin(), days.texts.end(), is_another)) return;
  days.texts.resize(1);
  days.places.assign(num_rows, 0);
}

Result<std::size_t> LogRows::next(std::vector<StreamedColumn>& columns) {
  while (blocks_.empty()) {
    if (at_ == length_) return 0;
    CHURNSTREAM_TRY_ASSIGN(const bool is_whole, read_part(file_, at_, length_, path_, part_));
    blocks_ = part_;
    if (!is_whole || !take_delimited(blocks_)) return damaged(path_);
    at_ += kHeadBytes + part_.size();
  }
  const auto block = take_delimited(blocks_);
  CHURNSTREAM_TRY_ASSIGN(const std::size_t num_rows, read_block(block.value_or(""), columns_, columns));
  name_days(columns[places_in(columns_)->time], num_rows, columns[columns_.size()]);
  for (std::size_t index = 0; index < columns_.size(); ++index)
    if (columns_[index].kind == RecordKind::time) leave_out_unnamed(columns[index], num_rows);
  return num_rows;
}

}  // namespace churnstream
