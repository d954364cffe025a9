// A folder of closed files that never change, but for a customer who is forgotten, and the rows on their way
// into the next ones. Rows go into an open log of their source partition first and are durable there, with
// their position (record_log.h). A log that is rolled becomes closed files, one per day, all at once: files
// under temporary names, then a line for each in the manifest, which is the moment they count, then their
// names. Whenever the process dies, opening again finishes a roll or forgets it, and no row is lost or there
// twice.
//
// One owner at a time, and one thread, but for the long part of a roll: a thread of its own reads the log and
// writes the files under their temporary names while the next log takes rows. One roll at a time.
//
//   FOLDER/_manifest.jsonl                       a line for each closed file
//   FOLDER/day=2026-11-25/churn-0-4711.parquet   topic, partition, first offset
//   FOLDER/.open/churn-0-9000.log                what becomes the next ones
//   FOLDER/.rolling/churn-0-9000/                a roll under way
#pragma once

#include <chrono>
#include <future>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include "sink/appended_file.h"
#include "sink/erasure.h"
#include "sink/record_log.h"
#include "sink/rolled_form.h"
#include "sink/scored_record.h"

namespace churnstream {

struct RolledSettings {
  Path folder;
  ClosedForm form;
  std::uint64_t log_bytes_max = 16 << 20;                           // a log that is longer is due
  std::chrono::nanoseconds log_age_max = std::chrono::minutes(10);  // and one that is older
  std::optional<std::chrono::seconds> retention;                    // how old, by the day of their events
};

class RolledFiles {
 public:
  // `record` is what append() needs; without it the folder is only looked after.
  explicit RolledFiles(RolledSettings settings, ScoredRecord record = {});
  ~RolledFiles();
  RolledFiles(const RolledFiles&) = delete;
  RolledFiles& operator=(const RolledFiles&) = delete;

  // Makes or verifies the folder and closes what a run before left open. Wrong when another process owns it
  // or when something in it was damaged.
  Result<void> open();
  // How far the rows that are durable here go.
  Checkpoint position() const;
  // The rows, of one partition, are durable when it returns without an error; on error none of them counts.
  // Those before position() are skipped.
  Result<void> append(const ScoredBatch& rows, const Checkpoint& after, std::chrono::nanoseconds now);
  // A log that is due begins to become closed files, in the background; waits only where the next one is due
  // meanwhile and twice as long as it should be. On error what was not rolled stays a log, and is tried again
  // with the next call.
  Result<void> roll_due(std::chrono::nanoseconds now);
  // All logs become closed files before it returns.
  Result<void> roll_all();
  // Takes away closed files whose days are older than retention allows; whether it looked, which it does not
  // while a roll is under way.
  Result<bool> remove_old(EpochMicros now_us);
  // Erases a customer from the closed files. Needs: no log is open, as after open().
  Result<Erasure> forget(const std::string& customer);
  void close() noexcept;

 private:
  struct OpenLog {
    std::string stem;  // of its closed files' names
    std::unique_ptr<RecordLog> log;
    std::chrono::nanoseconds begun_at{0};
  };
  struct Roll {
    Partition partition;
    OpenLog from;
    std::future<Result<void>> written;  // the files under their temporary names; not valid: to be begun
  };

  Result<void> close_what_was_left();
  void begin_roll(std::map<Partition, OpenLog>::iterator log);
  void write_in_background();
  Result<void> end_roll(bool waits);
  Result<void> finish_roll(const std::string& stem) const;
  std::string manifest_lines(const Partition& partition, const OpenLog& log) const;
  Result<OpenLog*> log_for(const Partition& partition, Offset first, std::chrono::nanoseconds now);
  RecordLog* log_of(const Partition& partition) const;
  Path log_path(const std::string& stem) const { return settings_.folder / ".open" / (stem + ".log"); }
  Path rolling_path(const std::string& stem) const { return settings_.folder / ".rolling" / stem; }

  const RolledSettings settings_;
  const ScoredRecord record_;
  std::unique_ptr<AppendedFile> manifest_;
  std::set<std::string> rolled_;  // stems that the manifest names
  std::map<Partition, OpenLog> logs_;
  std::optional<Roll> roll_;  // its log is in no logs_
};

}  // namespace churnstream
