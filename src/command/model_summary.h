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

// As Spark's class names end: RandomForestClassificationModel.
std::string short_class(const std::string& name);
// Features by falling importance, equal ones in their order.
std::vector<std::size_t> by_importance(const std::vector<double>& importances);
// Of the deepest tree.
std::size_t depth_of(const Forest& forest);

}  // namespace churnstream
