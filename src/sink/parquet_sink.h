// Scores as closed files in a folder, Parquet first of all, by day of the event: exactly once (rolled_files.h
// says how). Rows are durable when write() answers, and become part of a closed file when their log is
// rolled.
#pragma once

#include <memory>

#include "config/options.h"
#include "sink/rolled_files.h"
#include "sink/sink.h"

namespace churnstream {

Options parquet_sink_options();
Result<std::unique_ptr<Sink>> make_parquet_sink(const Config& config);
std::unique_ptr<Sink> make_parquet_sink(RolledSettings settings);

}  // namespace churnstream
