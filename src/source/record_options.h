// The options that every source of lines has. Used while sources are made, on one thread.
#pragma once

#include "base/clock.h"
#include "config/options.h"

namespace churnstream {

struct RecordOptions {
  EpochMicros start_time_us = 0;
  std::size_t batch_rows = 4'096;
  std::uint64_t line_bytes_max = 0;
};

void add_record_options(Options& options);

// `batch_rows` is an option of [run], not of a source: whoever puts the pipeline together may set it in the
// source's Config; left out it has the default above.
Result<RecordOptions> record_options_of(const Config& config);

}  // namespace churnstream
