// Rows from standard input, or any other pipe: they come once, so that nothing can be resumed or read again.
// The partition is "-" and 0, an offset is the number of the physical record.
#pragma once

#include <memory>

#include "base/clock.h"
#include "config/options.h"
#include "source/record_framing.h"
#include "source/source.h"

namespace churnstream {

struct StdinSourceSettings {
  int descriptor = 0;             // stays open when the source is closed
  EpochMicros start_time_us = 0;  // the record's time is this + its offset in microseconds
  std::size_t batch_rows = 4'096;
  std::uint64_t line_bytes_max = kRecordBytesMax;
  Framing framing = Framing::csv;
};

std::unique_ptr<Source> make_stdin_source(StdinSourceSettings settings = {});

// [source] type = "stdin". Waits on the pipe itself and not on the clock.
Options stdin_source_options();
Result<std::unique_ptr<Source>> make_stdin_source(const Config& config, Clock& clock);

}  // namespace churnstream
