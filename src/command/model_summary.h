// What `inspect` prints of a model, as text for people and as JSON for programs. Any thread.
#pragma once

#include <string>
#include <vector>

#include "model/pipeline_model.h"

namespace churnstream {

std::string summary_text(const PipelineModel& model);
std::string summary_json(const PipelineModel& model);

// What each feature is called: the assembler's input columns, where they are one number each; an index column
// by the column it was made of. "feature 3" where nothing is known.
std::vector<std::string> feature_names(const PipelineModel& model);

}  // namespace churnstream
