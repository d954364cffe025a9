// A pipeline.toml, read and checked: what a stream reads, decodes, asks of the model and where it writes
// (docs/formats/pipeline.md). A plain value; nothing is opened yet. build_pipeline() makes the parts of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command/sink_list.h"
#include "command/source_list.h"
#include "config/config_file.h"
#include "model/pipeline_model.h"
#include "pipeline/pipeline.h"

namespace churnstream {

struct SinkEntry {
  const SinkKind* kind = nullptr;
  Config config;
  std::string name;
  bool required = true;
};

struct PipelineFile {
  Path path;
  ConfigFile file;
  const SourceKind* source_kind = nullptr;
  Config source;
  Config decode;
  Path model;
  Config score;
  std::optional<double> threshold;  // nothing: the profit threshold
  std::vector<SinkEntry> sinks;
  Path refused;
  std::optional<Config> page;  // listen, title, currency
  Config run;
};

// Wrong with file, line and caret where an option does not fit, and for what this version does not have yet.
Result<PipelineFile> load_pipeline_file(const Path& path);
// The same from text; `name` stands in messages, relative paths are relative to `folder`.
Result<PipelineFile> parse_pipeline_file(std::string_view text, std::string name, const Path& folder);

// What the model says and the file overrules: the customer's columns, key, label.
struct CustomerColumns {
  std::shared_ptr<const Schema> raw;  // as they come in, without the label
  std::string key, label;
};
Result<CustomerColumns> customer_columns(const PipelineFile& file, const PipelineModel& model);

// What every row of the stream shares.
Result<std::shared_ptr<const ScoreTerms>> score_terms(const PipelineFile& file, const PipelineModel& model,
                                                      const Schema& decoded, const std::string& key);

// Everything the pipeline needs but observers, owner and checkpoint. `source` replaces the file's own
// (scenes, tests). Fails before anything is touched.
struct BuildWishes {
  bool until_end = false;
  std::unique_ptr<Source> source;
};
Result<RunParts> build_pipeline(const PipelineFile& file, std::shared_ptr<const PipelineModel> model,
                                Clock& clock, BuildWishes wishes);

// Every option a pipeline may hold, section by section.
std::vector<Options> pipeline_options();

}  // namespace churnstream
