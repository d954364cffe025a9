// Spark ML's StringIndexer: text becomes the number of its label. Fitted once, on the training rows; then
// immutable and safe from many threads.
//
//   StringIndexerSettings settings{.columns = {{"gender"}, {"gender_index"}}};
//   auto indexer = fit_string_indexer(frame, settings);   // Result<std::shared_ptr<const
//   StringIndexerModel>>
//
// A number used as a category is compared as the text that Spark makes of it: a whole number like a Spark
// integer ("0") or, where the labels know only that form, like a Spark double ("0.0"); any other like
// Double.toString ("29.85", "1.0E10"). Fitting writes the integer form. Missing cells and NaN are no
// category.
//
// Source: org.apache.spark.ml.feature.{StringIndexer, StringIndexerModel}.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "feature/feature_stage.h"

namespace churnstream {

// Labels by falling or rising count, equal counts by text; or by text alone. Text is ordered by its UTF-8
// bytes, as Spark 4 does.
enum class StringOrder { frequency_desc, frequency_asc, alphabet_desc, alphabet_asc };
const char* name_of(StringOrder order);  // "frequencyDesc", as Spark says it
Result<StringOrder> string_order_of(std::string_view name);

struct StringIndexerSettings {
  StageColumns columns;  // as many outputs as inputs
  HandleInvalid handle_invalid = HandleInvalid::error;
  StringOrder order = StringOrder::frequency_desc;
  std::string uid;  // empty: made from the settings and the labels
};

// The labels of one column by index, and the way back. Looks up without allocating.
class LabelIndex {
 public:
  explicit LabelIndex(std::vector<std::string> labels);
  const std::vector<std::string>& labels() const { return labels_; }
  // The index of a text, or -1.
  std::int64_t find(std::string_view text) const;
  std::int64_t find(double value) const;

 private:
  struct TextHash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>()(text); }
  };
  std::vector<std::string> labels_;
  std::unordered_map<std::string, std::int64_t, TextHash, std::equal_to<>> by_text_;  // when there are many
};

class StringIndexerModel : public FeatureStage {
 public:
  static const char* const kClassName;

  // From what a saved model holds. An error when params and labels do not fit together or a label comes
  // twice.
  static Result<std::shared_ptr<const StringIndexerModel>> make(std::string uid, ParamMaps params,
                                                                std::vector<std::vector<std::string>> labels);

  // An input column that is not there is skipped, as Spark does, so that a pipeline with the label's indexer
  // scores rows without a label.
  Result<void> transform(Frame& frame) const override;

  const std::string& class_name() const override;
  const std::string& uid() const override { return uid_; }
  const ParamMaps& params() const override { return params_; }
  const ParamList& param_list() const override;
  void add_to_fingerprint(Sha256& hash) const override;
  std::string describe() const override;

  const StageColumns& columns() const { return columns_; }
  HandleInvalid handle_invalid() const { return handle_invalid_; }
  // Of the column at this place of columns().
  const std::vector<std::string>& labels(std::size_t column) const { return indexes_[column].labels(); }

 private:
  StringIndexerModel() = default;
  void transform_column(Frame& frame, std::size_t column, Frame::Made& out) const;

  std::string uid_;
  ParamMaps params_;
  StageColumns columns_;
  HandleInvalid handle_invalid_ = HandleInvalid::error;
  std::vector<LabelIndex> indexes_;
};

// Counts the good rows of the frame. An error when an input column is not there.
Result<std::shared_ptr<const StringIndexerModel>> fit_string_indexer(const Frame& frame,
                                                                     const StringIndexerSettings& settings);

// A number as Java's Double.toString writes it: "0.1", "100.0", "1.0E10", "NaN".
std::string java_text_of(double value);

}  // namespace churnstream
