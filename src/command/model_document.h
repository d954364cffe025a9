// What the page and /api/v1/model say of a model (docs/formats/page-api.md). Only what the model and its
// notes hold: what is not there is null. Pure; any thread.
#pragma once

#include <optional>
#include <string>

#include "base/clock.h"
#include "model/pipeline_model.h"

namespace churnstream {

// `name` is what people call it; `saved_us` when its directory was written.
std::string model_document(const PipelineModel& model, std::string_view name,
                           std::optional<EpochMicros> saved_us);

// Of the model in this directory: its name is the directory's, and its metadata says when it was written.
std::string model_document(const PipelineModel& model, const Path& directory);

}  // namespace churnstream
