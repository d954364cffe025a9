// What becomes of a model's scores when its category encoders are fitted anew on every batch, as the
// streaming job that we replace does. For demonstration only: `score --simulate-refit N`. Pure functions of
// rows and model.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/record_batch.h"
#include "model/pipeline_model.h"
#include "score/scorer.h"

namespace churnstream {

// The rows that such a job lets through: those without a missing value in a column that the model would
// impute. Indices.
std::vector<std::size_t> complete_rows(const PipelineModel& model, const RecordBatch& rows);

// The answers to `rows` when every StringIndexer is fitted on each run of `batch_rows` consecutive rows
// alone; 0 keeps the model's own encoders. Needs: complete_rows() holds every row. An error when a stage
// holds a row back.
Result<Scores> score_with_refitting(const PipelineModel& model, const Scorer& scorer, const RecordBatch& rows,
                                    std::size_t batch_rows);

// The two sets of answers to the same rows beside each other, as a few lines of text; with accuracy, AUC and
// log-loss where the labels are known (class indices, one per row; empty: unknown).
std::string compare_refitted(const Scores& fitted_once, const Scores& refitted, std::size_t num_classes,
                             const std::vector<std::uint32_t>& labels);

}  // namespace churnstream
