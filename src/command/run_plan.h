// What a pipeline would do, in sentences: for `run --check` and `run --dry-run`. Changes nothing.
#pragma once

#include <string>

#include "command/pipeline_file.h"
#include "model/pipeline_model.h"

namespace churnstream {

// What is read, decoded and asked of which model, and what each sink promises. Opens nothing but the model.
Result<std::string> explain_plan(const PipelineFile& file, std::shared_ptr<const PipelineModel> model);

// The plan, what is there at the other side of each door that can be asked (a topic's watermarks, its group's
// place), and from where the stream would go on. Sinks that keep positions of their own may send it further
// back; they are not opened, since opening makes their tables.
Result<std::string> explain_positions(const PipelineFile& file, std::shared_ptr<const PipelineModel> model);

}  // namespace churnstream
