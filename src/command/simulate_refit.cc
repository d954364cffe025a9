#include "command/simulate_refit.h"

#include <fmt/format.h>

#include <algorithm>
#include <numeric>

#include "feature/feature_plan.h"
#include "feature/imputer.h"
#include "feature/string_indexer.h"
#include "train/evaluation.h"

namespace churnstream {
namespace {

using Stages = std::vector<std::shared_ptr<const FeatureStage>>;

// The same stages with every StringIndexer fitted on these rows alone.
Result<Stages> refit_encoders(const Stages& stages, const RecordBatch& rows) {
  Frame frame;
  frame.reset(rows);
  Stages refitted;
  for (const std::shared_ptr<const FeatureStage>& stage : stages) {
    const auto indexer = std::dynamic_pointer_cast<const StringIndexerModel>(stage);
    if (!indexer) {
      refitted.push_back(stage);
      continue;
    }
    const std::string order = effective_param(indexer->params(), indexer->param_list(), "stringOrderType");
    CHURNSTREAM_TRY_ASSIGN(const StringOrder string_order, string_order_of(order));
    CHURNSTREAM_TRY_ASSIGN(auto fitted,
                           fit_string_indexer(frame, {.columns = indexer->columns(),
                                                      .handle_invalid = indexer->handle_invalid(),
                                                      .order = string_order}));
    refitted.push_back(std::move(fitted));
  }
  return refitted;
}

// Why the first row that the stages hold back is held back.
std::string first_reason(const RecordBatch& rows, const FeatureScratch& scratch) {
  std::size_t row = 0;
  while (row < scratch.good_rows.size() && scratch.good_rows[row] == row) ++row;
  return fmt::format("record {}: {}", number_of(rows.extent().offsets[row]), scratch.reason(row));
}

Result<void> score_batch(const PipelineModel& model, const Stages& stages, const Scorer& scorer,
                         const RecordBatch& rows, Scores& all) {
  const FeaturePlan plan(stages, model.features_column(), model.predictor().num_features);
  FeatureMatrix features;
  FeatureScratch scratch;
  CHURNSTREAM_TRY(plan.transform(rows, features, scratch));
  if (scratch.good_rows.size() != rows.num_rows())
    return failed("simulating the refit", "", first_reason(rows, scratch));
  Scores scores;
  ScoreScratch score_scratch;
  scorer.score(features, scores, score_scratch);
  all.raw.insert(all.raw.end(), scores.raw.begin(), scores.raw.end());
  all.probabilities.insert(all.probabilities.end(), scores.probabilities.begin(), scores.probabilities.end());
  all.predictions.insert(all.predictions.end(), scores.predictions.begin(), scores.predictions.end());
  return {};
}

std::string quality(const char* name, const Scores& scores, std::size_t num_classes,
                    const std::vector<std::uint32_t>& labels) {
  const Evaluation found = evaluate({.num_classes = num_classes,
                                     .labels = labels,
                                     .predictions = scores.predictions,
                                     .raw = scores.raw,
                                     .probabilities = scores.probabilities,
                                     .values = {}},
                                    1);
  return fmt::format("  {}: accuracy {:.4f}, AUC {:.4f}, log-loss {:.3f}\n", name, found.classes.accuracy,
                     found.area_under_roc.value_or(0), found.classes.log_loss);
}

}  // namespace

std::vector<std::size_t> complete_rows(const PipelineModel& model, const RecordBatch& rows) {
  std::vector<std::size_t> complete(rows.num_rows());
  std::iota(complete.begin(), complete.end(), 0U);
  for (const std::shared_ptr<const FeatureStage>& stage : model.stages()) {
    const auto* imputer = dynamic_cast<const ImputerModel*>(stage.get());
    if (imputer == nullptr) continue;
    for (const std::string& name : imputer->columns().in)
      if (const auto column = rows.schema().find(name))
        std::erase_if(complete, [&](std::size_t row) { return rows.column(*column).is_missing(row); });
  }
  return complete;
}

Result<Scores> score_with_refitting(const PipelineModel& model, const Scorer& scorer, const RecordBatch& rows,
                                    std::size_t batch_rows) {
  Scores all;
  if (batch_rows == 0) {
    CHURNSTREAM_TRY(score_batch(model, model.stages(), scorer, rows, all));
    return all;
  }
  for (std::size_t begin = 0; begin < rows.num_rows(); begin += batch_rows) {
    std::vector<std::size_t> batch(std::min(batch_rows, rows.num_rows() - begin));
    std::iota(batch.begin(), batch.end(), begin);
    const RecordBatch taken = rows.take(batch);
    CHURNSTREAM_TRY_ASSIGN(const Stages stages, refit_encoders(model.stages(), taken));
    CHURNSTREAM_TRY(score_batch(model, stages, scorer, taken, all));
  }
  return all;
}

std::string compare_refitted(const Scores& fitted_once, const Scores& refitted, std::size_t num_classes,
                             const std::vector<std::uint32_t>& labels) {
  const std::size_t num_rows = refitted.predictions.size();
  std::size_t changed = 0, flipped = 0;
  for (std::size_t row = 0; row < num_rows; ++row) {
    const auto begin = static_cast<std::ptrdiff_t>(row * num_classes);
    const auto count = static_cast<std::ptrdiff_t>(num_classes);
    changed +=
        !std::equal(refitted.probabilities.begin() + begin, refitted.probabilities.begin() + begin + count,
                    fitted_once.probabilities.begin() + begin);
    flipped += refitted.predictions[row] != fitted_once.predictions[row];
  }
  const auto percent = [&](std::size_t rows) {
    return 100.0 * static_cast<double>(rows) / static_cast<double>(num_rows);
  };
  std::string text =
      fmt::format("{} rows: {:.1f} % of the scores changed, {:.1f} % of the decisions flipped\n", num_rows,
                  percent(changed), percent(flipped));
  if (labels.size() != num_rows || num_classes != 2) return text;
  return text + quality("encoders fitted once", fitted_once, num_classes, labels) +
         quality("refitted per batch", refitted, num_classes, labels);
}

}  // namespace churnstream
