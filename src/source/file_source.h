// Rows from a file of lines, such as a CSV file: at whole speed, paced, or following a file that grows. The
// partition is the configured path and 0, an offset is the number of the physical record, header line
// counted.
//
// A file is known by its path, device and inode and the SHA-256 of its first 4 KiB. One that is shorter than
// what was read of it, or another one under the same name, stops the source with an error that is `wrong`:
// positions would mean other rows. A file that grew is the same file.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "config/options.h"
#include "source/record_framing.h"
#include "source/source.h"

namespace churnstream {

struct FileSourceSettings {
  Path path;                      // "-" is standard input, which cannot be resumed
  std::string topic;              // the name positions are kept under; empty: the path as it is
  double rate = 0;                // rows per second; 0: whole speed
  bool follow = false;            // at the end, wait for more; a last line without line end is not read yet
  EpochMicros start_time_us = 0;  // the record's time is this + its offset in microseconds
  std::size_t batch_rows = 4'096;
  std::uint64_t line_bytes_max = kRecordBytesMax;
  Framing framing = Framing::csv;
};

// Nothing is opened yet.
std::unique_ptr<Source> make_file_source(FileSourceSettings settings, Clock& clock);

// [source] type = "file". The clock must outlive the source.
Options file_source_options();
Result<std::unique_ptr<Source>> make_file_source(const Config& config, Clock& clock);

}  // namespace churnstream
