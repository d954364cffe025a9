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

Result<RolledSettings> rolled_settings_of(const Config& config);
// Erases a customer from the closed files; rows that a run left in logs become files first. A folder that is
// not there has nobody in it. Wrong while a stream writes it, unless it is a dry run, which counts what is in
// closed files.
Result<Erasure> forget_in_folder(const RolledSettings& settings, const ErasureWishes& wishes);

}  // namespace churnstream
