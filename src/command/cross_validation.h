// How good a recipe is on customers it has not seen: repeated, stratified folds, everything fitted anew
// inside each one, encoders included. The figures depend on data, recipe and seed only, not on the threads.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "data/record_batch.h"
#include "train/pipeline_fit.h"

namespace churnstream {

struct CrossValidationSettings {
  std::size_t num_folds = 10;
  std::size_t num_repeats = 1;
  std::int64_t seed = 1000;  // of the folds; repeat r uses seed + r
  std::size_t threads = 1;
  std::size_t positive_class = 1;
  std::string value_column;  // empty: no money is added up
};

// One figure over folds, or over repeats where `is_pooled`: then it is reckoned on all rows of a repeat at
// once.
struct ValidatedFigure {
  std::string name;
  double mean = 0;
  double standard_deviation = 0;
  // Of the mean as an estimate for other customers, with Nadeau and Bengio's correction for folds that share
  // training rows; for figures over folds.
  double standard_error = 0;
  bool is_pooled = false;
};

struct CrossValidation {
  std::vector<ValidatedFigure> figures;
  double money_actual = 0;  // really lost, next to the figure "revenue at risk"

  double mean(const std::string& name) const;  // Needs: there is a figure of this name.
};

Result<CrossValidation> cross_validate(const PipelinePlan& plan, const RecordBatch& rows,
                                       const std::vector<std::uint32_t>& labels, std::size_t num_classes,
                                       const CrossValidationSettings& settings);

}  // namespace churnstream
