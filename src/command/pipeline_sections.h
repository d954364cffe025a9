// The sections of a pipeline.toml that belong to no source, sink or decoder, declared here. Used while a
// pipeline is put together.
#pragma once

#include <vector>

#include "config/options.h"

namespace churnstream {

Options model_options();
// `threshold` is a number or the word "profit", so it is declared in two forms.
Options score_options(bool threshold_is_word);
Options page_options();
Options operations_options();
Options run_options();
// What every [[sink]] has besides its own.
Options with_sink_options(Options options);

// Every option a pipeline may hold, section by section.
std::vector<Options> pipeline_options();

}  // namespace churnstream
