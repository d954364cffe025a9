// The fitted stages of one model, run over a batch: rows in, feature vectors out. A score never depends on
// which rows share a batch, because every stage looks at one row alone. Immutable, safe from many threads,
// each with a scratch of its own.
#pragma once

#include <memory>
#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "data/feature_matrix.h"
#include "data/record_batch.h"
#include "feature/feature_stage.h"
#include "feature/frame.h"

namespace churnstream {

// What a plan needs while it works; owned by one lane and reused, so that a batch allocates nothing once it
// is warm.
struct FeatureScratch {
  Frame frame{false};
  std::vector<std::size_t> good_rows;  // of the last transform(): matrix row i is batch row good_rows[i]
};

// A row that a stage would not let through. `reason` is one sentence.
struct HeldBackRow {
  std::size_t row = 0;
  std::string reason;
};

class FeaturePlan {
 public:
  // `features_column` is the vector column the predictor reads; `num_features` its length.
  FeaturePlan(std::vector<std::shared_ptr<const FeatureStage>> stages, std::string features_column,
              std::size_t num_features);

  // Fills `features` with one vector for each row that every stage let through, in the order of the batch;
  // the others are in `held_back` (cleared first), those dropped by handleInvalid = "skip" among them. An
  // error means the plan cannot work on such rows at all: a missing column, a wrong type, vectors of another
  // length.
  Result<void> transform(const RecordBatch& rows, FeatureMatrix& features, FeatureScratch& scratch,
                         std::vector<HeldBackRow>& held_back) const;

 private:
  std::vector<std::shared_ptr<const FeatureStage>> stages_;
  std::string features_column_;
  std::size_t num_features_;
};

}  // namespace churnstream
