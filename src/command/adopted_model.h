// A bare Spark predictor becomes a whole pipeline: encoders are fitted on the data that a recipe describes,
// and put in front of it. A bare forest does not know how text became numbers, so what it does say, the
// number of features and of categories, is compared with what the encoders give.
#pragma once

#include <memory>
#include <string>

#include "command/training_data.h"
#include "model/pipeline_model.h"

namespace churnstream {

// Wrong when the model has stages already, or when encoders and forest cannot belong together.
Result<std::shared_ptr<const PipelineModel>> adopt_model(const PipelineModel& bare, const Recipe& recipe,
                                                         const TrainingData& data);

}  // namespace churnstream
