#include "pipeline/model_scorer.h"

#include "feature/feature_plan.h"

namespace churnstream {
namespace {

class ModelScorer : public BatchScorer {
 public:
  ModelScorer(std::shared_ptr<const PipelineModel> model, std::shared_ptr<const Scorer> scorer)
      : model_(std::move(model)),
        scorer_(std::move(scorer)),
        plan_(model_->stages(), model_->features_column(), model_->predictor().num_features) {}

  Result<void> score(ScoredBatch& batch, const RowLeaves& leaves) override {
    CHURNSTREAM_TRY(plan_.transform(batch.rows, features_, feature_scratch_));
    let_the_others_leave(batch.rows, leaves);
    scorer_->score(features_, scores_, score_scratch_);
    // Swapping keeps both sides' memory in use.
    batch.num_classes = scorer_->num_classes();
    batch.raw.swap(scores_.raw);
    batch.probabilities.swap(scores_.probabilities);
    batch.predictions.swap(scores_.predictions);
    return {};
  }

 private:
  void let_the_others_leave(RecordBatch& rows, const RowLeaves& leaves) {
    const std::vector<std::size_t>& good = feature_scratch_.good_rows;
    if (good.size() == rows.num_rows()) return;
    for (std::size_t row = 0, next = 0; row < rows.num_rows(); ++row) {
      if (next < good.size() && good[next] == row)
        ++next;
      else
        leaves(row, feature_scratch_.reason(row));
    }
    rows = rows.take(good);
  }

  const std::shared_ptr<const PipelineModel> model_;
  const std::shared_ptr<const Scorer> scorer_;
  const FeaturePlan plan_;
  FeatureMatrix features_;
  FeatureScratch feature_scratch_;
  Scores scores_;
  ScoreScratch score_scratch_;
};

}  // namespace

std::unique_ptr<BatchScorer> make_model_scorer(std::shared_ptr<const PipelineModel> model,
                                               std::shared_ptr<const Scorer> scorer) {
  return std::make_unique<ModelScorer>(std::move(model), std::move(scorer));
}

}  // namespace churnstream
