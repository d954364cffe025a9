// Refused rows as JSON lines, readable by their owner only: raw bytes may hold the label and anything else
// that came in. Each row once, also after a crash and where a partition is read again from behind
// (docs/formats/scored-record.md draws the line's format).
#pragma once

#include <memory>

#include "base/clock.h"
#include "config/options.h"
#include "sink/sink.h"

namespace churnstream {

// The line of one row, with its line feed.
void append_refused_line(std::string& out, const RefusedRow& row, EpochMicros now_us);

Options refused_file_options();
// The clock outlives the store.
std::unique_ptr<RefusedStore> make_refused_file(Path path, Clock& clock);

}  // namespace churnstream
