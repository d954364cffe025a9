#include "feature/feature_plan.h"

#include <algorithm>

namespace churnstream {
namespace {

// The good rows of the frame, and why the others were held back.
void sort_rows(const Frame& frame, std::vector<std::size_t>& good, std::vector<HeldBackRow>& held_back) {
  good.clear();
  held_back.clear();
  for (std::size_t row = 0; row < frame.num_rows(); ++row) {
    switch (frame.state(row)) {
      case RowState::good: good.push_back(row); break;
      case RowState::dropped:
        held_back.push_back({row, "skipped: a value is missing or was never seen"});
        break;
      case RowState::refused: held_back.push_back({row, frame.reason(row)}); break;
    }
  }
}

}  // namespace

FeaturePlan::FeaturePlan(std::vector<std::shared_ptr<const FeatureStage>> stages, std::string features_column,
                         std::size_t num_features)
    : stages_(std::move(stages)), features_column_(std::move(features_column)), num_features_(num_features) {}

Result<void> FeaturePlan::transform(const RecordBatch& rows, FeatureMatrix& features, FeatureScratch& scratch,
                                    std::vector<HeldBackRow>& held_back) const {
  Frame& frame = scratch.frame;
  frame.reset(rows);
  for (const std::shared_ptr<const FeatureStage>& stage : stages_)
    if (Result<void> done = stage->transform(frame); !done)
      return while_doing("making features with " + stage->uid(), done.error());
  const Frame::Made* vectors = frame.made_column(features_column_);
  if (vectors == nullptr)
    return wrong("making features", "",
                 "no stage makes the column " + features_column_ + " that the predictor reads",
                 "a bare predictor needs churnstream adopt, or score --vector");
  if (vectors->width != num_features_)
    return wrong("making features", "",
                 "the vectors have " + std::to_string(vectors->width) + " elements and the predictor reads " +
                     std::to_string(num_features_));
  sort_rows(frame, scratch.good_rows, held_back);
  features.num_features = num_features_;
  if (held_back.empty()) {
    features.values.assign(vectors->values.begin(), vectors->values.end());
    return {};
  }
  features.values.resize(scratch.good_rows.size() * num_features_);
  for (std::size_t index = 0; index < scratch.good_rows.size(); ++index)
    std::copy_n(&vectors->values[scratch.good_rows[index] * num_features_], num_features_,
                &features.values[index * num_features_]);
  return {};
}

}  // namespace churnstream
