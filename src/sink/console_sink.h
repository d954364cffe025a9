// Scores on standard output, for people (a line each) or for a pipe (JSON lines). Keeps no positions: after a
// crash rows may be shown again.
#pragma once

#include <cstdio>
#include <memory>

#include "config/options.h"
#include "sink/sink.h"

namespace churnstream {

Options console_options();
Result<std::unique_ptr<Sink>> make_console_sink(const Config& config);

enum class ConsoleFormat { text, jsonl };
// Writes to `out`, which outlives the sink.
std::unique_ptr<Sink> make_console_sink(ConsoleFormat format, std::FILE* out);

}  // namespace churnstream
