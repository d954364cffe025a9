// Fits a whole pipeline: encoders, then the predictor, from a customer's raw columns. What `train` does once,
// and cross-validation once per fold. Pure: the same rows give the same pipeline.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "data/record_batch.h"
#include "feature/feature_stage.h"
#include "feature/string_indexer.h"
#include "train/forest_trainer.h"

namespace churnstream {

// What to fit, apart from the rows.
struct PipelinePlan {
  std::vector<std::string> columns;       // the features in the order of the vector
  std::vector<std::string> categorical;   // those of them that are indexed; the others are numbers
  std::map<std::string, double> missing;  // numbers that stand for a missing one, by column
  StringOrder string_order = StringOrder::frequency_desc;
  HandleInvalid handle_invalid = HandleInvalid::keep;
  ForestParams forest;
  nlohmann::json params_set = nlohmann::json::object();  // see TrainerOptions
};

struct FittedPipeline {
  std::vector<std::shared_ptr<const FeatureStage>> stages;  // the last one assembles "features"
  Forest forest;
};

// Imputer (fixed surrogates), StringIndexer and VectorAssembler. An error names a column that is not there or
// is no number.
Result<std::vector<std::shared_ptr<const FeatureStage>>> fit_stages(const PipelinePlan& plan,
                                                                    const RecordBatch& rows);

// The rows as the stages see them. Rows that a stage drops are left out; a row that a stage refuses is an
// error that says which and why. Needs: labels.size() == rows.num_rows().
Result<TrainingSet> make_training_set(const std::vector<std::shared_ptr<const FeatureStage>>& stages,
                                      const RecordBatch& rows, const std::vector<std::uint32_t>& labels,
                                      std::size_t num_classes);

// `encoder_rows` teach the encoders, `rows` with their labels the predictor.
Result<FittedPipeline> fit_pipeline(const PipelinePlan& plan, const RecordBatch& encoder_rows,
                                    const RecordBatch& rows, const std::vector<std::uint32_t>& labels,
                                    std::size_t num_classes, std::size_t threads,
                                    const GrowthWatcher& watcher = {});

}  // namespace churnstream
