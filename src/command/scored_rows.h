// Answers of a fitted pipeline to customers whose truth is known: what training, cross-validation and
// evaluation look at. Used by one thread at a time per call; calls do not share anything.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "data/record_batch.h"
#include "feature/feature_stage.h"
#include "model/forest.h"
#include "train/evaluation.h"

namespace churnstream {

// A pipeline by its parts, wherever they come from. Views: valid as long as their owner.
struct PipelineParts {
  const std::vector<std::shared_ptr<const FeatureStage>>& stages;
  const std::string& features_column;
  const Forest& forest;
};

// Scores every row; one that a stage refuses or drops is left out and counted. `value_column` may be empty.
// Needs: labels.size() == rows.num_rows().
struct ScoredPart {
  ScoredRows rows;
  std::size_t num_left_out = 0;
  std::string first_reason;  // why the first one was left out
};
Result<ScoredPart> score_part(const PipelineParts& pipeline, const RecordBatch& rows,
                              const std::vector<std::uint32_t>& labels, const std::string& value_column);

}  // namespace churnstream
