// The options that every source of lines has. Used while sources are made, on one thread.
#pragma once

#include "base/clock.h"
#include "config/options.h"
#include "source/record_framing.h"

namespace churnstream {

struct RecordOptions {
  EpochMicros start_time_us = 0;
  std::size_t batch_rows = 4'096;
  std::uint64_t line_bytes_max = 0;
  Framing framing = Framing::csv;
};

void add_record_options(Options& options);

// `batch_rows` is an option of [run] and `framing` ("csv" or "lines") follows from [decode]; neither is one
// of a source: whoever puts the pipeline together may set them in the source's Config; left out they have the
// defaults above.
Result<RecordOptions> record_options_of(const Config& config);

}  // namespace churnstream
