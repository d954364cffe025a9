// Where a pipeline's refused rows are read from and sent again to. Used by the verb `refused`.
#pragma once

#include <functional>
#include <memory>

#include "command/pipeline_file.h"
#include "sink/refused_reader.h"

namespace churnstream {

// `from_start`: also the rows that were sent again before. Wrong where this build has no such reader.
Result<std::unique_ptr<RefusedReader>> open_refused_rows(const PipelineFile& file, bool from_start);

// Sends them to the source's topic, and remembers how far; `sent` hears of each row. How many it were. Wrong
// where the source is none that can be sent to.
Result<std::uint64_t> replay_refused_rows(const PipelineFile& file, bool from_start,
                                          const std::function<void()>& sent);

}  // namespace churnstream
