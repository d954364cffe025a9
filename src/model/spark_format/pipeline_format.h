// A PipelineModel directory, or a bare predictor's: read whole, or written beside its place and renamed.
//
// Source: org.apache.spark.ml.{PipelineModel, Pipeline.SharedReadWrite}.
#pragma once

#include "model/pipeline_model.h"

namespace churnstream {

Result<std::shared_ptr<const PipelineModel>> read_pipeline(const Path& path);

// A model directory that is there is replaced, an empty folder too; anything else is refused.
Result<void> write_pipeline(const Path& path, const PipelineModel& model);

// "07_StringIndexer_1a2b": zero-padded to the digits of the number of stages.
std::string stage_folder_name(std::size_t index, std::size_t num_stages, const std::string& uid);

}  // namespace churnstream
