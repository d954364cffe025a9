// What a pipeline would do, in sentences: for `run --check`; `run --dry-run` looks further (pipeline_look.h).
#pragma once

#include <string>

#include "command/pipeline_file.h"
#include "model/pipeline_model.h"

namespace churnstream {

// What is read, decoded and asked of which model, and what each sink promises. Opens nothing but the model.
Result<std::string> explain_plan(const PipelineFile& file, std::shared_ptr<const PipelineModel> model);

}  // namespace churnstream
