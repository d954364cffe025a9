// Spark ML's Imputer: a number that is missing gets a surrogate, the mean, median or mode of the training
// rows, or one that somebody fixed. Fitted once; then immutable and safe from many threads.
//
//   auto imputer = fixed_imputer({.columns = {{"TotalCharges"}, {"TotalCharges_filled"}}}, {0.0});
//   auto fitted = fit_imputer(frame, {.columns = ..., .strategy = ImputeStrategy::median});
//
// Our columns of numbers are doubles, so nothing is cast back to an integer type as Spark would do with an
// integer column.
//
// Source: org.apache.spark.ml.feature.{Imputer, ImputerModel}; the median is that of
// org.apache.spark.sql.catalyst.util.QuantileSummaries.
#pragma once

#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "feature/feature_stage.h"

namespace churnstream {

enum class ImputeStrategy { mean, median, mode };
const char* name_of(ImputeStrategy strategy);
Result<ImputeStrategy> impute_strategy_of(std::string_view name);

struct ImputerSettings {
  StageColumns columns;  // as many outputs as inputs, all of them numbers
  ImputeStrategy strategy = ImputeStrategy::mean;
  double missing_value = std::numeric_limits<double>::quiet_NaN();  // counts as missing, beside missing cells
  double relative_error = 0.001;  // of the median's rank: Spark's median is approximate above 500 rows
  std::string uid;                // empty: made from the settings and the surrogates
};

class ImputerModel : public FeatureStage {
 public:
  static const char* const kClassName;

  // From what a saved model holds; one surrogate per input column.
  static Result<std::shared_ptr<const ImputerModel>> make(std::string uid, ParamMaps params,
                                                          std::vector<double> surrogates);

  Result<void> transform(Frame& frame) const override;

  const std::string& class_name() const override;
  const std::string& uid() const override { return uid_; }
  const ParamMaps& params() const override { return params_; }
  const ParamList& param_list() const override;
  void add_to_fingerprint(Sha256& hash) const override;
  std::string describe() const override;

  const StageColumns& columns() const { return columns_; }
  const std::vector<double>& surrogates() const { return surrogates_; }

 private:
  ImputerModel() = default;

  std::string uid_;
  ParamMaps params_;
  StageColumns columns_;
  double missing_value_ = 0;
  std::vector<double> surrogates_;
};

// Fits on the good rows of the frame. An error when a column is not there, is text, or has no value at all.
Result<std::shared_ptr<const ImputerModel>> fit_imputer(const Frame& frame, const ImputerSettings& settings);

// With these surrogates, whatever the data. Needs: one per column.
Result<std::shared_ptr<const ImputerModel>> fixed_imputer(const ImputerSettings& settings,
                                                          const std::vector<double>& surrogates);

// Spark's approximate median: always a value of the data, its rank off by at most relative_error x the number
// of values (exact up to 1 / (2 x relative_error) values). As Spark to the bit below 50,000 values in one
// partition. Needs: values not empty, no NaN.
double approximate_median(std::vector<double> values, double relative_error);

}  // namespace churnstream
