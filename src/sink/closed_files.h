// The manifest of a folder of closed files (rolled_files.h): which files there are, and what changes them
// after all: age, and a customer who is forgotten. Needs, where it changes something: the manifest is open,
// and its owner is the caller. One thread.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "base/clock.h"
#include "data/position.h"
#include "sink/appended_file.h"
#include "sink/erasure.h"

namespace churnstream {

constexpr const char* kClosedManifest = "_manifest.jsonl";  // in the folder

struct ClosedFile {
  std::string file;  // in the folder: "day=2026-11-25/churn-0-4711.parquet"
  std::string day;   // of its events, in UTC: "2026-11-25", or "unknown"
  Partition partition;
  std::int64_t first_offset = 0, last_offset = 0, rows = 0;
  std::string stem;  // of the roll it came from
};

std::string manifest_line(const ClosedFile& file);
// Nothing where there is no manifest. Wrong when a line is not in our format.
Result<std::vector<ClosedFile>> read_manifest(const Path& manifest);

// Takes away the files of days that ended before `before_us`, then their lines. How many files.
Result<std::size_t> remove_old_files(const Path& folder, AppendedFile& manifest, EpochMicros before_us);

// How many rows of a customer each file holds; changes nothing.
Result<std::vector<std::int64_t>> count_in_files(const Path& folder, const std::vector<ClosedFile>& files,
                                                 const std::string& customer);
// Writes each file that holds rows of the customer anew without them, in one step per file, and then the
// manifest. Whenever the process dies, each file is as it was or without them, and the same again finishes.
Result<Erasure> forget_in_files(const Path& folder, AppendedFile& manifest, const std::string& customer);

}  // namespace churnstream
