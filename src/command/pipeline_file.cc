#include "command/pipeline_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "command/outcomes_section.h"
#include "command/pipeline_sections.h"
#include "command/stream_decoder.h"

namespace churnstream {
namespace {

bool is_in(const std::vector<std::string>& names, const std::string& name) {
  return std::find(names.begin(), names.end(), name) != names.end();
}

template <typename Kind>
std::string types_of(const std::vector<Kind>& kinds) {
  std::string all;
  for (const Kind& kind : kinds) all += fmt::format("{}{}", all.empty() ? "" : ", ", kind.type);
  return all;
}

template <typename Kind>
tl::unexpected<Error> no_such_type(const ConfigFile& file, const char* section, const std::string& type,
                                   const std::vector<std::string>& not_built, const std::vector<Kind>& kinds,
                                   std::size_t index) {
  return file.point_at(
      section, "type",
      is_in(not_built, type)
          ? fmt::format("\"{}\" is not built in this version; it has {}", type, types_of(kinds))
          : fmt::format("there is no {} \"{}\"; this version has {}", section, type, types_of(kinds)),
      index);
}

Result<void> read_source(PipelineFile& pipeline) {
  CHURNSTREAM_TRY_ASSIGN(const std::string type, pipeline.file.chooser("source", "type"));
  pipeline.source_kind = find_source_kind(type);
  if (pipeline.source_kind == nullptr)
    return no_such_type(pipeline.file, "source", type, source_types_not_built(), all_source_kinds(), 0);
  CHURNSTREAM_TRY_ASSIGN(pipeline.source,
                         pipeline.file.read("source", pipeline.source_kind->options(), "type"));
  return {};
}

Result<void> read_score(PipelineFile& pipeline) {
  const bool is_word = pipeline.file.has("score") && pipeline.file.chooser("score", "threshold").has_value();
  CHURNSTREAM_TRY_ASSIGN(pipeline.score, pipeline.file.read("score", score_options(is_word)));
  if (!is_word) pipeline.threshold = pipeline.score.number("threshold");
  if (pipeline.score.number("band_high") < pipeline.score.number("band_medium"))
    return pipeline.file.point_at("score", "band_high", "the high band begins below the medium one");
  return {};
}

Result<void> read_sinks(PipelineFile& pipeline) {
  const std::size_t count = pipeline.file.count("sink");
  if (count == 0)
    return wrong("reading", pipeline.path.string(), "there is no [[sink]]", "scores have to go somewhere");
  std::set<std::string> names;
  for (std::size_t index = 0; index < count; ++index) {
    CHURNSTREAM_TRY_ASSIGN(const std::string type, pipeline.file.chooser("sink", "type", index));
    SinkEntry entry;
    entry.kind = find_sink_kind(type);
    if (entry.kind == nullptr)
      return no_such_type(pipeline.file, "sink", type, sink_types_not_built(), all_sink_kinds(), index);
    CHURNSTREAM_TRY_ASSIGN(
        entry.config, pipeline.file.read("sink", with_sink_options(entry.kind->options()), "type", index));
    entry.name = entry.config.has("name") ? entry.config.text("name") : type;
    entry.required = entry.config.flag("required");
    if (!names.insert(entry.name).second)
      return pipeline.file.point_at("sink", entry.config.has("name") ? "name" : "type",
                                    "two sinks are named \"" + entry.name + "\"; give them a name each",
                                    index);
    pipeline.sinks.push_back(std::move(entry));
  }
  const auto is_required = [](const SinkEntry& entry) { return entry.required; };
  if (std::none_of(pipeline.sinks.begin(), pipeline.sinks.end(), is_required))
    return pipeline.file.point_at("sink", "required",
                                  "no sink is required, so nothing would ever be delivered");
  return {};
}

Result<void> read_refused(PipelineFile& pipeline) {
  std::string type = "file";
  if (pipeline.file.has("refused")) {
    CHURNSTREAM_TRY_ASSIGN(type, pipeline.file.chooser("refused", "type"));
  }
  pipeline.refused_kind = find_refused_kind(type);
  if (pipeline.refused_kind == nullptr)
    return no_such_type(pipeline.file, "refused", type, {"kafka"}, all_refused_kinds(), 0);
  CHURNSTREAM_TRY_ASSIGN(pipeline.refused,
                         pipeline.file.read("refused", pipeline.refused_kind->options(), "type"));
  return {};
}

// The store that the page reads finds customers quickly, unless its section says otherwise.
void index_for_the_page(std::vector<SinkEntry>& sinks) {
  const auto store = std::find_if(sinks.begin(), sinks.end(),
                                  [](const SinkEntry& sink) { return sink.kind->history != nullptr; });
  if (store != sinks.end() && !store->config.has("customer_index")) store->config.set("customer_index", true);
}

Result<PipelineFile> read_all(ConfigFile file, Path path) {
  PipelineFile pipeline{.path = std::move(path), .file = std::move(file)};
  CHURNSTREAM_TRY(pipeline.file.only(
      {"source", "decode", "model", "score", "[[sink]]", "refused", "page", "ops", "outcomes", "run"}));
  CHURNSTREAM_TRY(read_source(pipeline));
  const DecoderKind& decoder = decoder_kind_of(pipeline.file);
  CHURNSTREAM_TRY_ASSIGN(pipeline.decode, pipeline.file.read("decode", stream_decoder_options(decoder)));
  CHURNSTREAM_TRY_ASSIGN(const Config model, pipeline.file.read("model", model_options()));
  pipeline.model = model.path("path");
  CHURNSTREAM_TRY(read_score(pipeline));
  CHURNSTREAM_TRY(read_sinks(pipeline));
  CHURNSTREAM_TRY(read_refused(pipeline));
  if (pipeline.file.has("page")) {
    CHURNSTREAM_TRY_ASSIGN(pipeline.page, pipeline.file.read("page", page_options()));
    index_for_the_page(pipeline.sinks);
  }
  if (pipeline.file.has("ops")) {
    CHURNSTREAM_TRY_ASSIGN(pipeline.operations, pipeline.file.read("ops", operations_options()));
  }
  if (pipeline.file.has("outcomes")) CHURNSTREAM_TRY(read_outcomes(pipeline));
  CHURNSTREAM_TRY_ASSIGN(pipeline.run, pipeline.file.read("run", run_options()));
  // How many rows a batch holds is the run's business; the source has to know it.
  if (pipeline.run.has("batch_rows")) pipeline.source.set("batch_rows", pipeline.run.integer("batch_rows"));
  // And where a record of a file ends depends on what it is.
  pipeline.source.set("framing", decoder.framing);
  return pipeline;
}

}  // namespace

Result<PipelineFile> load_pipeline_file(const Path& path, MissingSecrets missing) {
  CHURNSTREAM_TRY_ASSIGN(ConfigFile file, ConfigFile::load(path, missing));
  return read_all(std::move(file), path);
}

Result<PipelineFile> parse_pipeline_file(std::string_view text, std::string name, const Path& folder) {
  Path path = name;
  CHURNSTREAM_TRY_ASSIGN(ConfigFile file, ConfigFile::parse(text, std::move(name), folder));
  return read_all(std::move(file), std::move(path));
}

}  // namespace churnstream
