// A look at every part of a pipeline, for run --dry-run and doctor: brokers and stores are connected to,
// asked and compared with what the pipeline needs; nothing is changed, no group is joined. One thread.
#pragma once

#include <string>
#include <vector>

#include "command/pipeline_file.h"
#include "model/pipeline_model.h"

namespace churnstream {

struct PartLook {
  std::string part;  // source, sink "scores", outcomes, refused, state
  Findings found;
};

// Wrong when the pipeline cannot be put together at all.
Result<std::vector<PartLook>> look_at_pipeline(const PipelineFile& file,
                                               std::shared_ptr<const PipelineModel> model);

// A paragraph for each part, a line for each finding, and what to do where there is something.
std::string looks_text(const std::vector<PartLook>& looks);

// Done when no run would fail; else an error that counts what is bad, wrong where waiting does not help.
Result<void> verdict(const std::vector<PartLook>& looks);

}  // namespace churnstream
