// The batch scorer of a saved pipeline: its feature stages, then its predictor.
#pragma once

#include <memory>

#include "model/pipeline_model.h"
#include "pipeline/batch_scorer.h"
#include "score/scorer.h"

namespace churnstream {

// One per lane. The scorer belongs to the model's predictor and may be shared by many lanes.
std::unique_ptr<BatchScorer> make_model_scorer(std::shared_ptr<const PipelineModel> model,
                                               std::shared_ptr<const Scorer> scorer);

}  // namespace churnstream
