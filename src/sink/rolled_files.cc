#include "sink/rolled_files.h"

#include <fmt/format.h>

#include <algorithm>

#include "base/crash_point.h"
#include "base/crc32.h"
#include "base/sql_text.h"
#include "sink/closed_files.h"
#include "sink/retention.h"
#include "table/duckdb_table.h"

namespace churnstream {
namespace {

// Enough for ordinary rows, so that closing files costs a run little; the second for rows of megabytes.
constexpr std::size_t kMemory[] = {std::size_t{60} << 20, std::size_t{1} << 30};

// A topic may have any name, and a file's path is one too. Readers leave out what begins with _ or a point.
std::string stem_of(const Partition& partition, Offset first) {
  std::string topic;
  for (const char letter : partition.topic) {
    const bool is_plain = std::isalnum(static_cast<unsigned char>(letter)) != 0;
    if (is_plain || !topic.empty()) topic += is_plain || letter == '.' ? letter : '_';
  }
  if (topic != partition.topic)
    topic = fmt::format("{}-{:08x}", topic.substr(topic.size() - std::min<std::size_t>(topic.size(), 60)),
                        crc32_of(partition.topic));
  while (topic.starts_with('_') || topic.starts_with('.') || topic.starts_with('-')) topic.erase(0, 1);
  return fmt::format("{}-{}-{}", topic, partition.number, number_of(first));
}

Result<void> remove_whole(const Path& path) {
  std::error_code problem;
  std::filesystem::remove_all(path, problem);
  if (problem) return failed("removing", path.string(), problem.message());
  return {};
}

// The rows of a log in the file's form, and their day.
std::string select_from_log(const std::vector<RecordColumn>& columns, bool times_as_text) {
  std::string list;
  for (const RecordColumn& column : columns) {
    const std::string name = sql_name(column.name);
    list +=
        column.kind == RecordKind::time && times_as_text
            ? fmt::format("strftime(make_timestamp(epoch_us({0})), '%Y-%m-%dT%H:%M:%S.%fZ') AS {0}, ", name)
            : name + ", ";
  }
  return "SELECT " + list + "day FROM log()";
}

void move_forward(Checkpoint& position, const Checkpoint& to) {
  for (const auto& [partition, next] : to.next) {
    const auto place = position.next.try_emplace(partition, next).first;
    place->second = std::max(place->second, next);
  }
  for (const auto& [topic, identity] : to.identity) position.identity[topic] = identity;
}

// FOLDER/day=2026-11-25/STEM.parquet on the disk, whatever DuckDB called it.
Result<void> name_file(const Path& place, const std::string& name) {
  CHURNSTREAM_TRY_ASSIGN(const auto names, list_folder(place));
  if (names.size() != 1) return failed("writing", place.string(), "DuckDB wrote more than one file");
  const Path file = place / name;
  if (std::rename((place / names[0]).c_str(), file.c_str()) != 0)
    return failed("writing", file.string(), errno_text());
  CHURNSTREAM_TRY(sync_to_disk(file));
  return sync_to_disk(place);
}

// What a roll reads, so that its thread touches nothing of ours.
struct RollPlan {
  RolledSettings settings;
  Path log;
  std::uint64_t log_length = 0;
  std::vector<RecordColumn> columns;
  std::vector<std::string> days;
  Path folder;
  std::string stem;
};

Result<void> write_files(const RollPlan& plan) {
  LogRows rows(plan.log, plan.log_length, plan.columns);
  const std::string select =
      select_from_log(plan.columns, plan.settings.form.format != RolledFormat::parquet);
  Result<void> written;
  for (const std::size_t memory : kMemory) {
    CHURNSTREAM_TRY(remove_whole(plan.folder));
    CHURNSTREAM_TRY_ASSIGN(const auto tables, Tables::open(memory));
    CHURNSTREAM_TRY(tables->add_stream("log", rows.declaration(), rows));
    written = tables->write_files(select, "day", plan.days, plan.folder, plan.settings.form.copy_form());
    if (written) break;
  }
  CHURNSTREAM_TRY(written);
  for (const std::string& day : plan.days)
    CHURNSTREAM_TRY(name_file(plan.folder / ("day=" + day), plan.stem + plan.settings.form.ending()));
  return sync_to_disk(plan.folder);
}

}  // namespace

RolledFiles::RolledFiles(RolledSettings settings, ScoredRecord record)
    : settings_(std::move(settings)), record_(std::move(record)) {}

RolledFiles::~RolledFiles() { close(); }

// Waits for a roll under way, which is forgotten.
void RolledFiles::close() noexcept {
  roll_.reset();
  logs_.clear();
  manifest_.reset();
}

Result<void> RolledFiles::open() {
  close();
  for (const char* folder : {".open", ".rolling"}) CHURNSTREAM_TRY(make_folders(settings_.folder / folder));
  const Path path = settings_.folder / kClosedManifest;
  manifest_ = std::make_unique<AppendedFile>(path);
  CHURNSTREAM_TRY(manifest_->open());
  CHURNSTREAM_TRY_ASSIGN(const std::vector<ClosedFile> files, read_manifest(path));
  rolled_.clear();
  for (const ClosedFile& file : files) rolled_.insert(file.stem);
  return close_what_was_left();
}

// A roll that counts already is finished, one that does not is forgotten. Logs that a run before left open
// become closed files now, with the columns they were written with.
Result<void> RolledFiles::close_what_was_left() {
  CHURNSTREAM_TRY_ASSIGN(const auto rolling, list_folder(settings_.folder / ".rolling"));
  for (const std::string& stem : rolling) CHURNSTREAM_TRY(finish_roll(stem));
  CHURNSTREAM_TRY_ASSIGN(const auto names, list_folder(settings_.folder / ".open"));
  for (const std::string& name : names) {
    OpenLog left{name.substr(0, name.rfind('.'))};
    const Path path = settings_.folder / ".open" / name;
    if (!rolled_.contains(left.stem)) {
      CHURNSTREAM_TRY_ASSIGN(left.log, RecordLog::find(path));
    }
    if (left.log && !left.log->days().empty()) {
      if (left.log->position().next.size() != 1)
        return wrong("reading", path.string(), "its position does not name one partition");
      const Partition partition = left.log->position().next.begin()->first;
      begin_roll(logs_.insert_or_assign(partition, std::move(left)).first);
      CHURNSTREAM_TRY(end_roll(true));
      continue;
    }
    if (left.log) {
      Checkpoint position = manifest_->position();
      move_forward(position, left.log->position());
      CHURNSTREAM_TRY(manifest_->append("", position));
    }
    CHURNSTREAM_TRY(remove_whole(path));
  }
  return {};
}

// The log that holds the newest rows of a partition, if one does.
RecordLog* RolledFiles::log_of(const Partition& partition) const {
  if (const auto log = logs_.find(partition); log != logs_.end()) return log->second.log.get();
  return roll_ && roll_->partition == partition ? roll_->from.log.get() : nullptr;
}

Checkpoint RolledFiles::position() const {
  Checkpoint all = manifest_->position();
  if (roll_) move_forward(all, roll_->from.log->position());
  for (const auto& [partition, log] : logs_) move_forward(all, log.log->position());
  return all;
}

Result<RolledFiles::OpenLog*> RolledFiles::log_for(const Partition& partition, Offset first,
                                                   std::chrono::nanoseconds now) {
  if (const auto known = logs_.find(partition); known != logs_.end()) return &known->second;
  OpenLog log{.stem = stem_of(partition, first), .begun_at = now};
  // A topic made anew begins at the same offsets again.
  for (int again = 2; rolled_.contains(log.stem) || (roll_ && roll_->from.stem == log.stem); ++again)
    log.stem = fmt::format("{}-{}", stem_of(partition, first), again);
  CHURNSTREAM_TRY_ASSIGN(log.log, RecordLog::make(log_path(log.stem), record_.columns()));
  return &logs_.emplace(partition, std::move(log)).first->second;
}

Result<void> RolledFiles::append(const ScoredBatch& rows, const Checkpoint& after,
                                 std::chrono::nanoseconds now) {
  const Extent& extent = rows.rows.extent();
  const Checkpoint has = position();
  Checkpoint forward = after;
  for (auto& [partition, next] : forward.next) next = std::max(next, next_in(has, partition));
  const auto first =
      std::lower_bound(extent.offsets.begin(), extent.offsets.end(), next_in(has, extent.partition));
  const auto begin = static_cast<std::size_t>(first - extent.offsets.begin());
  if (begin < rows.num_rows()) {
    CHURNSTREAM_TRY_ASSIGN(OpenLog* const log, log_for(extent.partition, *first, now));
    return log->log->append(record_, rows, begin, forward);
  }
  // No row: the position alone moves, and not before rows that do not count yet.
  if (RecordLog* const log = log_of(extent.partition)) return log->append(record_, rows, begin, forward);
  return manifest_->append("", forward);
}

Result<void> RolledFiles::roll_due(std::chrono::nanoseconds now) {
  CHURNSTREAM_TRY(end_roll(false));
  for (auto next = logs_.begin(); next != logs_.end();) {
    const auto log = next++;
    const std::uint64_t length = log->second.log->length();
    if (length < settings_.log_bytes_max && now - log->second.begun_at < settings_.log_age_max) continue;
    if (roll_ && length >= 2 * settings_.log_bytes_max) CHURNSTREAM_TRY(end_roll(true));
    if (!roll_) begin_roll(log);
  }
  return {};
}

Result<void> RolledFiles::roll_all() {
  CHURNSTREAM_TRY(end_roll(true));
  while (!logs_.empty()) {
    begin_roll(logs_.begin());
    CHURNSTREAM_TRY(end_roll(true));
  }
  return {};
}

// Needs: no roll is under way.
void RolledFiles::begin_roll(std::map<Partition, OpenLog>::iterator log) {
  roll_ = Roll{log->first, std::move(log->second), {}};
  logs_.erase(log);
  write_in_background();
}

void RolledFiles::write_in_background() {
  const RecordLog& log = *roll_->from.log;
  RollPlan plan{settings_,       log.path(), log.length(), log.columns(), {}, rolling_path(roll_->from.stem),
                roll_->from.stem};
  for (const auto& [day, range] : log.days()) plan.days.push_back(day);
  roll_->written = std::async(std::launch::async, [plan = std::move(plan)] { return write_files(plan); });
}

Result<void> RolledFiles::end_roll(bool waits) {
  if (!roll_) return {};
  const OpenLog& from = roll_->from;
  if (!rolled_.contains(from.stem)) {
    if (!roll_->written.valid()) write_in_background();  // it failed before
    if (!waits && roll_->written.wait_for(std::chrono::seconds(0)) != std::future_status::ready) return {};
    CHURNSTREAM_TRY(roll_->written.get());
    crash_point("files_written");
    Checkpoint position = manifest_->position();
    move_forward(position, from.log->position());
    CHURNSTREAM_TRY(manifest_->append(manifest_lines(roll_->partition, from), position));
    rolled_.insert(from.stem);
    crash_point("files_listed");
  }
  CHURNSTREAM_TRY(finish_roll(from.stem));
  CHURNSTREAM_TRY(remove_whole(from.log->path()));
  roll_.reset();
  return {};
}

std::string RolledFiles::manifest_lines(const Partition& partition, const OpenLog& log) const {
  std::string lines;
  for (const auto& [day, range] : log.log->days())
    lines += manifest_line({"day=" + day + "/" + log.stem + settings_.form.ending(), day, partition,
                            number_of(range.first), number_of(range.last),
                            static_cast<std::int64_t>(range.num_rows), log.stem});
  return lines;
}

Result<bool> RolledFiles::remove_old(EpochMicros now_us) {
  if (roll_) return false;
  if (settings_.retention)
    CHURNSTREAM_TRY(
        remove_old_files(settings_.folder, *manifest_, too_old_before(now_us, *settings_.retention)));
  return true;
}

Result<Erasure> RolledFiles::forget(const std::string& customer) {
  insist(logs_.empty() && !roll_, "a customer is forgotten where no log is open");
  return forget_in_files(settings_.folder, *manifest_, customer);
}

// Moves the files of a roll that counts into their places; what does not count is removed.
Result<void> RolledFiles::finish_roll(const std::string& stem) const {
  const Path folder = rolling_path(stem);
  if (!rolled_.contains(stem)) return remove_whole(folder);
  if (!std::filesystem::exists(folder)) return {};  // an earlier try has come this far
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
