// Scores appended to a file, as JSON lines or CSV: exactly once, whenever the process dies (appended_file.h
// says how).
#pragma once

#include <memory>

#include "config/options.h"
#include "sink/sink.h"

namespace churnstream {

Options file_sink_options();
Result<std::unique_ptr<Sink>> make_file_sink(const Config& config);

enum class FileFormat { jsonl, csv };
std::unique_ptr<Sink> make_file_sink(Path path, FileFormat format);

}  // namespace churnstream
