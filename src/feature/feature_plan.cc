#include "feature/feature_plan.h"

namespace churnstream {

std::string FeatureScratch::reason(std::size_t row) const {
  if (frame.state(row) == RowState::refused) return frame.reason(row);
  return "the model leaves rows with missing or unseen values out (handleInvalid = \"skip\")";
}

FeaturePlan::FeaturePlan(std::vector<std::shared_ptr<const FeatureStage>> stages, std::string features_column,
                         std::size_t num_features)
    : stages_(std::move(stages)), features_column_(std::move(features_column)), num_features_(num_features) {}

Result<void> FeaturePlan::transform(const RecordBatch& rows, FeatureMatrix& features,
                                    FeatureScratch& scratch) const {
  Frame& frame = scratch.frame;
  frame.reset(rows);
  for (const auto& stage : stages_) CHURNSTREAM_TRY(stage->transform(frame));
  const Frame::Made* made = frame.made_column(features_column_);
  if (made == nullptr)
    return wrong("making features", {},
                 "no stage of the model makes the column \"" + features_column_ + "\"");
  if (num_features_ != 0 && made->width != num_features_)
    return wrong("making features", {},
                 "the stages make " + std::to_string(made->width) + " features, the predictor reads " +
                     std::to_string(num_features_));
  features.num_features = made->width;
  features.values.clear();
  scratch.good_rows.clear();
  const auto width = static_cast<std::ptrdiff_t>(made->width);
  auto from = made->values.begin();
  for (std::size_t row = 0; row < frame.num_rows(); ++row, from += width) {
    if (frame.state(row) != RowState::good) continue;
    scratch.good_rows.push_back(row);
    features.values.insert(features.values.end(), from, from + width);
  }
  return {};
}

}  // namespace churnstream
