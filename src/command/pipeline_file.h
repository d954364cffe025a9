// A pipeline.toml, read and checked: what a stream reads, decodes, asks of the model and where it writes
// (docs/formats/pipeline.md). A plain value; nothing is opened yet. pipeline_build.h makes the parts of it.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "command/refused_list.h"
#include "command/sink_list.h"
#include "command/source_list.h"
#include "config/config_file.h"

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
  const RefusedKind* refused_kind = nullptr;
  Config refused;
  std::optional<Config> page;        // command/page_settings.h makes sense of it
  std::optional<Config> operations;  // [ops]: listen, lag_max, stall_max
  std::optional<Config> outcomes;    // asked of every sink that can hold them
  Config run;
};

// Wrong with file, line and caret where an option does not fit, and for what this version does not have yet.
Result<PipelineFile> load_pipeline_file(const Path& path, MissingSecrets missing = MissingSecrets::are_wrong);
// The same from text; `name` stands in messages, relative paths are relative to `folder`.
Result<PipelineFile> parse_pipeline_file(std::string_view text, std::string name, const Path& folder);

}  // namespace churnstream
