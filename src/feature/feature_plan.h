// The feature stages of a fitted pipeline, run over a batch: rows go in, feature vectors come out. A row's
// vector depends on that row alone, whatever batch it came in. The plan is immutable and safe from many
// threads, each with a scratch of its own; buffers are reused from batch to batch.
//
//   FeaturePlan plan(model.stages(), model.features_column(), model.predictor().num_features);
//   CHURNSTREAM_TRY(plan.transform(rows, features, scratch));
//   // features.row(i) belongs to rows row scratch.good_rows[i]; for every other row: scratch.reason(row)
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/feature_matrix.h"
#include "data/record_batch.h"
#include "feature/feature_stage.h"

namespace churnstream {

// What one transform() works with and leaves behind, valid until the next one. Owned by one thread.
struct FeatureScratch {
  Frame frame{false};
  std::vector<std::size_t> good_rows;  // ascending

  // Why a row got no vector, as one sentence. Needs: the row is not good.
  std::string reason(std::size_t row) const;
};

class FeaturePlan {
 public:
  // `num_features` is what the predictor reads; 0 accepts any.
  FeaturePlan(std::vector<std::shared_ptr<const FeatureStage>> stages, std::string features_column,
              std::size_t num_features = 0);

  // Overwrites `features` with one vector per good row, in the order of the rows. Wrong when the pipeline
  // cannot work on such rows at all: a column is not there or of another type.
  Result<void> transform(const RecordBatch& rows, FeatureMatrix& features, FeatureScratch& scratch) const;

 private:
  std::vector<std::shared_ptr<const FeatureStage>> stages_;
  std::string features_column_;
  std::size_t num_features_;
};

}  // namespace churnstream
