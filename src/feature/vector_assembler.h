// Spark ML's VectorAssembler: puts columns of numbers, and vectors, side by side into the feature vector.
// Nothing is fitted. Immutable, safe from many threads.
//
//   auto assembler = make_vector_assembler({.input_columns = {"gender_index", "tenure"}});
//
// A text column is an error, as in Spark. What is known of the input columns (arity, labels) goes on into the
// vector, which is how training knows the categorical features.
//
// Source: org.apache.spark.ml.feature.VectorAssembler.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "feature/feature_stage.h"

namespace churnstream {

struct VectorAssemblerSettings {
  std::vector<std::string> input_columns;
  std::string output_column = "features";
  HandleInvalid handle_invalid = HandleInvalid::error;
  std::string uid;  // empty: made from the settings
};

class VectorAssembler : public FeatureStage {
 public:
  static const char* const kClassName;

  static Result<std::shared_ptr<const VectorAssembler>> make(std::string uid, ParamMaps params);

  // A missing value or NaN in a column of numbers refuses the row, drops it or stays NaN, as handleInvalid
  // says. NaN inside a vector passes, and -0.0 becomes 0.0, both as in Spark.
  Result<void> transform(Frame& frame) const override;

  const std::string& class_name() const override;
  const std::string& uid() const override { return uid_; }
  const ParamMaps& params() const override { return params_; }
  const ParamList& param_list() const override;
  void add_to_fingerprint(Sha256& hash) const override;
  std::string describe() const override;

  const std::vector<std::string>& input_columns() const { return input_columns_; }
  const std::string& output_column() const { return output_column_; }

 private:
  VectorAssembler() = default;

  std::string uid_;
  ParamMaps params_;
  std::vector<std::string> input_columns_;
  std::string output_column_;
  HandleInvalid handle_invalid_ = HandleInvalid::error;
};

Result<std::shared_ptr<const VectorAssembler>> make_vector_assembler(const VectorAssemblerSettings& settings);

}  // namespace churnstream
