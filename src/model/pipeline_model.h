// A whole fitted pipeline: feature stages, then one predictor, with its fingerprint. Immutable; shared by
// every lane.
#pragma once

#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/result.h"
#include "data/schema.h"
#include "feature/feature_stage.h"
#include "model/forest.h"

namespace churnstream {

// What churnstream.json beside Spark's metadata/ adds (docs/formats/model.md). Spark ignores the file; a
// directory without it loads too, and then `raw` is empty.
struct ModelNotes {
  Schema raw;            // the customer's own columns in order, without the label, with the key
  std::string key;       // name of the customer id's column
  std::string label;     // name of the label's column, to be taken off at decoding
  std::string positive;  // the class that leaves: "Yes"
  std::optional<std::size_t> label_place;  // of the label in a record that has it; not known in older models
  std::vector<std::string> class_labels;   // by class index: {"No", "Yes"}
  nlohmann::json extra = nlohmann::json::object();  // recipe, metrics, data fingerprint, reference histograms
};

class PipelineModel {
 public:
  PipelineModel(std::string uid, std::vector<std::shared_ptr<const FeatureStage>> stages, Forest predictor,
                std::string features_column, std::optional<ModelNotes> notes);

  // A PipelineModel directory, or a bare predictor's. Errors are `wrong` and name file and reason.
  static Result<std::shared_ptr<const PipelineModel>> load(const Path& path);
  // Writes beside the target and renames; an existing model directory is replaced, anything else is refused.
  Result<void> save(const Path& path) const;

  const std::string& uid() const { return uid_; }
  const std::vector<std::shared_ptr<const FeatureStage>>& stages() const { return stages_; }
  const Forest& predictor() const { return predictor_; }
  const std::string& features_column() const { return features_column_; }  // "features"
  const std::optional<ModelNotes>& notes() const { return notes_; }
  // By class index: of the notes, else of the stage that indexed the label, else "0", "1".
  std::vector<std::string> class_labels() const;
  // Whether it is a predictor alone, saved as such and not as a PipelineModel.
  bool is_bare() const { return stages_.empty() && uid_ == predictor_.uid; }
  // SHA-256 over stage classes, effective params and fitted data, in order, little-endian; without uid,
  // timestamps, sparkVersion and file names, so that it survives a round trip through Spark. 64 hexadecimal
  // digits.
  const std::string& fingerprint() const { return fingerprint_; }

 private:
  std::string uid_;
  std::vector<std::shared_ptr<const FeatureStage>> stages_;
  Forest predictor_;
  std::string features_column_;
  std::optional<ModelNotes> notes_;
  std::string fingerprint_;
};

}  // namespace churnstream
