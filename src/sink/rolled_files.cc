#include "sink/rolled_files.h"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "base/crc32.h"
#include "sink/record_log.h"
#include "table/duckdb_table.h"

namespace churnstream {
namespace {

// Enough for ordinary rows, so that closing files costs a run little; the second for rows of megabytes.
constexpr std::size_t kMemory[] = {std::size_t{60} << 20, std::size_t{1} << 30};

// A topic may have any name, and a file's path is one too.
std::string stem_of(const Partition& partition, Offset first) {
  std::string topic;
  for (const char letter : partition.topic)
    topic += std::isalnum(static_cast<unsigned char>(letter)) != 0 || letter == '.' || letter == '_' ? letter
                                                                                                     : '_';
  if (topic != partition.topic || topic.starts_with('.'))
    topic = fmt::format("{}-{:08x}", topic.substr(topic.size() - std::min<std::size_t>(topic.size(), 60)),
                        crc32_of(partition.topic));
  return fmt::format("{}-{}-{}", topic, partition.number, number_of(first));
}

FileForm form_of(const RolledSettings& settings) {
  const std::string compression = settings.compression == "none" ? "uncompressed" : settings.compression;
  switch (settings.format) {
    case RolledFormat::parquet: return {"parquet, ROW_GROUP_SIZE 30720, COMPRESSION " + compression, true};
    case RolledFormat::csv: return {"csv, HEADER true, COMPRESSION " + settings.compression, true};
    case RolledFormat::jsonl: break;
  }
  return {"json, COMPRESSION " + settings.compression, false};
}

std::string ending_of(const RolledSettings& settings) {
  if (settings.format == RolledFormat::parquet) return ".parquet";
  const std::string packed = settings.compression == "gzip"   ? ".gz"
                             : settings.compression == "zstd" ? ".zst"
                                                              : "";
  return (settings.format == RolledFormat::csv ? ".csv" : ".jsonl") + packed;
}

Result<void> remove_whole(const Path& path) {
  std::error_code problem;
  std::filesystem::remove_all(path, problem);
  if (problem) return failed("removing", path.string(), problem.message());
  return {};
}

Result<void> remove_log(const Path& log) {
  for (const char* ending :
       {".columns", ".position", ".lock", ""}) {  // found again for as long as it is there
    Path path = log;
    CHURNSTREAM_TRY(remove_whole(path += ending));
  }
  return {};
}

}  // namespace

RolledFiles::RolledFiles(RolledSettings settings, ScoredRecord record)
    : settings_(std::move(settings)), record_(std::move(record)) {}

RolledFiles::~RolledFiles() { close(); }

void RolledFiles::close() noexcept {
  logs_.clear();
  manifest_.reset();
}

Result<void> RolledFiles::open() {
  close();
  for (const char* folder : {".open", ".rolling"}) CHURNSTREAM_TRY(make_folders(settings_.folder / folder));
  const Path path = settings_.folder / "manifest.jsonl";
  manifest_ = std::make_unique<AppendedFile>(path);
  CHURNSTREAM_TRY(manifest_->open());
  CHURNSTREAM_TRY_ASSIGN(const std::string lines, read_file(path));
  rolled_.clear();
  for (std::size_t begin = 0, end; (end = lines.find('\n', begin)) != std::string::npos; begin = end + 1) {
    const nlohmann::json line = nlohmann::json::parse(lines.substr(begin, end - begin), nullptr, false);
    if (!line.is_object() || !line.contains("stem") || !line["stem"].is_string())
      return wrong("reading", path.string(), "it is not in our format");
    rolled_.insert(line["stem"].get<std::string>());
  }
  return close_what_was_left();
}

// A roll that counts already is finished, one that does not is forgotten. Logs that a run before left open
// become closed files now, with the columns they were written with.
Result<void> RolledFiles::close_what_was_left() {
  CHURNSTREAM_TRY_ASSIGN(const auto rolling, list_folder(settings_.folder / ".rolling"));
  for (const std::string& stem : rolling) CHURNSTREAM_TRY(finish_roll(stem));
  CHURNSTREAM_TRY_ASSIGN(const auto names, list_folder(settings_.folder / ".open"));
  for (const std::string& name : names) {
    if (!name.ends_with(".log")) continue;
    Log log;
    log.stem = name.substr(0, name.size() - 4);
    if (rolled_.contains(log.stem)) {
      CHURNSTREAM_TRY(remove_log(log_path(log.stem)));
      continue;
    }
    log.file = std::make_unique<AppendedFile>(log_path(log.stem));
    CHURNSTREAM_TRY(log.file->open());
    if (log.file->position().next.size() != 1 && log.file->length() > 0)
      return wrong("reading", log_path(log.stem).string(), "its note does not name one partition");
    if (log.file->length() > 0) {
      CHURNSTREAM_TRY_ASSIGN(log.days, days_of(log_path(log.stem)));
      CHURNSTREAM_TRY(roll(log.file->position().next.begin()->first, log));
    } else {
      CHURNSTREAM_TRY(manifest_->append("", log.file->position()));
      CHURNSTREAM_TRY(remove_log(log_path(log.stem)));
    }
  }
  return {};
}

Result<std::map<std::string, RolledFiles::Day>> RolledFiles::days_of(const Path& log) const {
  CHURNSTREAM_TRY_ASSIGN(const std::vector<RecordColumn> columns, columns_of_log(log));
  CHURNSTREAM_TRY_ASSIGN(const auto tables, Tables::open());
  CHURNSTREAM_TRY_ASSIGN(const Table found, tables->read(days_in_log(log, columns)));
  std::map<std::string, Day> days;
  for (std::size_t row = 0; row < found.num_rows(); ++row)
    days[found["day"].texts[row]] = {found["num_rows"].integers[row], found["first_offset"].integers[row],
                                     found["last_offset"].integers[row]};
  return days;
}

Offset RolledFiles::position_in(const Partition& partition) const {
  const Offset closed = next_in(manifest_->position(), partition);
  const auto log = logs_.find(partition);
  return log == logs_.end() ? closed : std::max(closed, next_in(log->second.file->position(), partition));
}

Checkpoint RolledFiles::position() const {
  Checkpoint all = manifest_->position();
  for (const auto& [partition, log] : logs_) {
    for (const auto& [known, next] : log.file->position().next) all.next[known] = next;
    for (const auto& [topic, identity] : log.file->position().identity) all.identity[topic] = identity;
  }
  return all;
}

Result<RolledFiles::Log*> RolledFiles::log_for(const Partition& partition, Offset first,
                                               std::chrono::nanoseconds now) {
  if (const auto known = logs_.find(partition); known != logs_.end()) return &known->second;
  Log log;
  log.stem = stem_of(partition, first);
  // A topic made anew begins at the same offsets again.
  for (int again = 2; rolled_.contains(log.stem); ++again)
    log.stem = fmt::format("{}-{}", stem_of(partition, first), again);
  log.file = std::make_unique<AppendedFile>(log_path(log.stem));
  log.begun_at = now;
  CHURNSTREAM_TRY(note_columns(log_path(log.stem), record_.columns()));
  CHURNSTREAM_TRY(log.file->open());
  return &logs_.emplace(partition, std::move(log)).first->second;
}

Result<void> RolledFiles::append(const ScoredBatch& rows, const Checkpoint& after,
                                 std::chrono::nanoseconds now) {
  const Extent& extent = rows.rows.extent();
  const Offset has = position_in(extent.partition);
  Checkpoint forward = after;
  for (auto& [partition, next] : forward.next) next = std::max(next, position_in(partition));
  const auto first = std::find_if(extent.offsets.begin(), extent.offsets.end(),
                                  [&](Offset offset) { return offset >= has; });
  if (first == extent.offsets.end())  // no row: the position alone moves
    return logs_.contains(extent.partition) ? logs_.at(extent.partition).file->append("", forward)
                                            : manifest_->append("", forward);
  CHURNSTREAM_TRY_ASSIGN(Log* const log, log_for(extent.partition, *first, now));
  text_.clear();
  std::map<std::string, Day> days = log->days;
  for (auto row = static_cast<std::size_t>(first - extent.offsets.begin()); row < rows.num_rows(); ++row) {
    append_to_log(text_, record_, rows, row);
    const std::int64_t offset = number_of(extent.offsets[row]);
    Day& day = days.try_emplace(day_of(extent.event_times_us[row]), Day{0, offset, offset}).first->second;
    ++day.rows;
    day.last_offset = offset;
  }
  CHURNSTREAM_TRY(log->file->append(text_, forward));
  log->days = std::move(days);
  return {};
}

Result<void> RolledFiles::roll_due(std::chrono::nanoseconds now) {
  for (auto log = logs_.begin(); log != logs_.end();) {
    const bool is_due = log->second.file->length() >= settings_.log_bytes_max ||
                        now - log->second.begun_at >= settings_.log_age_max;
    if (is_due) CHURNSTREAM_TRY(roll(log->first, log->second));
    log = is_due ? logs_.erase(log) : std::next(log);
  }
  return {};
}

Result<void> RolledFiles::roll_all() {
  while (!logs_.empty()) {
    CHURNSTREAM_TRY(roll(logs_.begin()->first, logs_.begin()->second));
    logs_.erase(logs_.begin());
  }
  return {};
}

Result<void> RolledFiles::roll(const Partition& partition, const Log& log) {
  CHURNSTREAM_TRY(write_files(log, rolling_path(log.stem)));
  CHURNSTREAM_TRY(manifest_->append(manifest_lines(partition, log), log.file->position()));
  rolled_.insert(log.stem);
  CHURNSTREAM_TRY(finish_roll(log.stem));
  return remove_log(log_path(log.stem));
}

// FOLDER/day=2026-11-25/NAME, whatever DuckDB called it, on the disk.
Result<void> RolledFiles::write_files(const Log& log, const Path& folder) const {
  CHURNSTREAM_TRY_ASSIGN(const std::vector<RecordColumn> columns, columns_of_log(log_path(log.stem)));
  const std::string select =
      select_from_log(log_path(log.stem), columns, settings_.format != RolledFormat::parquet);
  std::vector<std::string> days;
  for (const auto& [day, what] : log.days) days.push_back(day);
  Result<void> written;
  for (const std::size_t memory : kMemory) {
    CHURNSTREAM_TRY(remove_whole(folder));
    CHURNSTREAM_TRY_ASSIGN(const auto tables, Tables::open(memory));
    written = tables->write_files(select, "day", days, folder, form_of(settings_));
    if (written) break;
  }
  CHURNSTREAM_TRY(written);
  for (const std::string& day : days) {
    const Path place = folder / ("day=" + day);
    CHURNSTREAM_TRY_ASSIGN(const auto names, list_folder(place));
    if (names.size() != 1) return failed("writing", place.string(), "DuckDB wrote more than one file");
    const Path file = place / (log.stem + ending_of(settings_));
    if (std::rename((place / names[0]).c_str(), file.c_str()) != 0)
      return failed("writing", file.string(), errno_text());
    CHURNSTREAM_TRY(sync_to_disk(file));
    CHURNSTREAM_TRY(sync_to_disk(place));
  }
  return sync_to_disk(folder);
}

std::string RolledFiles::manifest_lines(const Partition& partition, const Log& log) const {
  std::string lines;
  for (const auto& [day, what] : log.days)
    lines += nlohmann::ordered_json{{"file", "day=" + day + "/" + log.stem + ending_of(settings_)},
                                    {"day", day},
                                    {"topic", partition.topic},
                                    {"partition", partition.number},
                                    {"first_offset", what.first_offset},
                                    {"last_offset", what.last_offset},
                                    {"rows", what.rows},
                                    {"stem", log.stem}}
                 .dump() +
             "\n";
  return lines;
}

// Moves the files of a roll that counts into their places; what does not count is removed.
Result<void> RolledFiles::finish_roll(const std::string& stem) const {
  const Path folder = rolling_path(stem);
  if (!rolled_.contains(stem)) return remove_whole(folder);
  CHURNSTREAM_TRY_ASSIGN(const auto days, list_folder(folder));
  for (const std::string& day : days) {
    const Path place = settings_.folder / day;
    CHURNSTREAM_TRY(make_folders(place));
    CHURNSTREAM_TRY_ASSIGN(const auto names, list_folder(folder / day));
    for (const std::string& name : names)
      if (std::rename((folder / day / name).c_str(), (place / name).c_str()) != 0)
        return failed("moving into place", (place / name).string(), errno_text());
    CHURNSTREAM_TRY(sync_to_disk(place));
  }
  CHURNSTREAM_TRY(sync_to_disk(settings_.folder));
  return remove_whole(folder);
}

}  // namespace churnstream
