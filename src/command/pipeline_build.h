// The parts of a pipeline, made of a pipeline.toml and a model. Nothing is opened yet: what does not fit
// together is found here, before anything is touched. One thread.
#pragma once

#include <memory>
#include <string>

#include "command/pipeline_file.h"
#include "model/pipeline_model.h"
#include "pipeline/pipeline.h"
#include "score/scorer.h"

namespace churnstream {

// What the model says and the file overrules: the customer's columns, key, label.
struct CustomerColumns {
  std::shared_ptr<const Schema> raw;  // as they come in, without the label
  std::string key, label;
  std::vector<std::string>
      order;  // of the columns in a record, the label among them where its place is known
};
Result<CustomerColumns> customer_columns(const PipelineFile& file, const PipelineModel& model);

// What every row of the stream shares.
Result<std::shared_ptr<const ScoreTerms>> score_terms(const PipelineFile& file, const PipelineModel& model,
                                                      const Schema& decoded, const std::string& key);

// Everything the pipeline needs but observers, owner and checkpoint. `source` replaces the file's own
// (scenes, tests). Fails before anything is touched.
struct BuildWishes {
  bool until_end = false;
  std::string instance = "check";  // who we are, for groups and transactions
  std::unique_ptr<Source> source;
  std::shared_ptr<const Scorer> scorer;  // of the model's predictor, shared with others; null: one is made
};
Result<RunParts> build_pipeline(const PipelineFile& file, std::shared_ptr<const PipelineModel> model,
                                Clock& clock, BuildWishes wishes);

}  // namespace churnstream
