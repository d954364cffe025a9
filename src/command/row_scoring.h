// Rows that come in a request, scored as the stream would: the same decoders, features, forest and terms, and
// the same text of the answers. Made of a pipeline's parts beside its lanes; touches none of them.
#pragma once

#include <memory>
#include <mutex>

#include "command/pipeline_build.h"
#include "dashboard/row_scorer.h"
#include "data/scored_batch.h"
#include "score/scorer.h"

namespace churnstream {

constexpr std::size_t kRequestRowsMax = 10'000;

// The terms that count at the moment: a running stream takes some of them anew. Safe from many threads.
class CurrentTerms {
 public:
  explicit CurrentTerms(std::shared_ptr<const ScoreTerms> terms) : terms_(std::move(terms)) {}
  std::shared_ptr<const ScoreTerms> get() const {
    const std::lock_guard lock(mutex_);
    return terms_;
  }
  void set(std::shared_ptr<const ScoreTerms> terms) {
    const std::lock_guard lock(mutex_);
    terms_ = std::move(terms);
  }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const ScoreTerms> terms_;
};

struct RowScoringParts {
  std::shared_ptr<const PipelineModel> model;
  std::shared_ptr<const Scorer> scorer;  // of the model's predictor
  std::shared_ptr<const CurrentTerms> terms;
  std::size_t rows_max = kRequestRowsMax;
};

// One for each thread that scores. `file` need not live as long. Wrong where the pipeline's parts do not fit
// together.
Result<std::unique_ptr<RowScorer>> make_row_scorer(const PipelineFile& file, RowScoringParts parts);

}  // namespace churnstream
