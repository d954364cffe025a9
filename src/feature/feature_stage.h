// One stage of a fitted pipeline, exactly as Spark ML defines it. Immutable, safe from many threads. The
// concrete stages are in this folder, one file each; model/spark_format/ knows how each lies on disk.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "base/result.h"
#include "base/sha256.h"
#include "feature/frame.h"
#include "feature/param_maps.h"

namespace churnstream {

class FeatureStage {
 public:
  virtual ~FeatureStage() = default;

  // Appends this stage's output columns. An error means the stage cannot work on such a frame at all (a
  // missing input column where Spark throws, a wrong type); a bad row is marked in the frame instead.
  virtual Result<void> transform(Frame& frame) const = 0;

  // org.apache.spark.ml.feature.StringIndexerModel and its like.
  virtual const std::string& class_name() const = 0;
  // Spark's identifier of this stage: "StringIndexer_1a2b3c4d5e6f".
  virtual const std::string& uid() const = 0;
  // As saved or as set when fitting; params() may hold more than param_list() knows.
  virtual const ParamMaps& params() const = 0;
  virtual const ParamList& param_list() const = 0;
  // Class, effective params and fitted data, in a fixed order; without the uid.
  virtual void add_to_fingerprint(Sha256& hash) const = 0;
  // A line or more for `inspect`: what goes in, what comes out, what was learned.
  virtual std::string describe() const = 0;
};

}  // namespace churnstream
