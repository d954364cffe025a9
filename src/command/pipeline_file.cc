#include "command/pipeline_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "command/stream_decoder.h"
#include "pipeline/model_scorer.h"
#include "sink/refused_file.h"
#include "sink/scored_record.h"

namespace churnstream {
namespace {

Options model_options() {
  Options options("model", "The model that answers.");
  options.path("path", "A model directory: Spark's, with or without churnstream.json beside metadata/.")
      .required();
  return options;
}

// `threshold` is a number or the word "profit", so it is declared in two forms.
Options score_options(bool threshold_is_word) {
  Options options("score", "What the scores mean.");
  if (threshold_is_word)
    options.text("threshold", "\"profit\": the profit threshold.").one_of({"profit"});
  else
    options
        .number("threshold",
                "Probability from which a row is `flagged`; or \"profit\": the profit threshold.")
        .between(0, 1)
        .fallback(0.5);
  options.text("value", "The customer's column of money per month; expected_loss = probability x this.");
  options
      .number("band_medium",
              "Probability from which the risk band is medium; the default is the profit threshold.")
      .between(0, 1)
      .fallback(ScoreTerms().band_medium);
  options.number("band_high", "Probability from which the risk band is high.").between(0, 1).fallback(0.5);
  return options;
}

Options page_options() {
  Options options("page", "The live page.");
  options.text("listen", "Address and port on this machine; port 0 takes any free one.")
      .fallback("127.0.0.1:8080");
  options.text("title", "What stands above the page.").fallback("Churnstream");
  options.text("currency", "A sign that is put before sums of money, such as \"$\".").fallback("");
  return options;
}

Options run_options() {
  Options options("run", "How the stream runs.");
  options.text("instance", "This process's name in stores; the default is the host's name and a slot.")
      .fallback("");
  options.path("state_dir", "Checkpoints and the lock that keeps a second process out.").fallback("state");
  options
      .integer("lanes",
               "Threads that read and score; 0: one per core. A file or pipe has one partition: one lane.")
      .between(0, 256)
      .fallback(std::int64_t{0});
  options.integer("batch_rows", "Most rows in one batch.").between(1, 65'536).fallback(std::int64_t{4'096});
  options.duration("commit_interval", "How often the checkpoint moves.")
      .between(0.001, 3'600)
      .fallback("100ms");
  return options;
}

Options with_sink_options(Options options) {
  options.text("name", "The sink's name in messages; the default is its type.");
  options.flag("required", "Whether the stream waits for this sink; an optional one that fails is left out.")
      .fallback(true);
  return options;
}

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
  if (pipeline.file.has("refused")) {
    CHURNSTREAM_TRY_ASSIGN(const std::string type, pipeline.file.chooser("refused", "type"));
    if (type != "file")
      return pipeline.file.point_at("refused", "type",
                                    type == "kafka" ? "\"kafka\" is not built in this version; it has file"
                                                    : "there is no such place; this version has file");
  }
  CHURNSTREAM_TRY_ASSIGN(const Config refused, pipeline.file.read("refused", refused_file_options(), "type"));
  pipeline.refused = refused.path("path");
  return {};
}

Result<PipelineFile> read_all(ConfigFile file, Path path) {
  PipelineFile pipeline{.path = std::move(path), .file = std::move(file)};
  CHURNSTREAM_TRY(pipeline.file.only(
      {"source", "decode", "model", "score", "[[sink]]", "refused", "page", "ops", "outcomes", "run"}));
  for (const char* later : {"ops", "outcomes"})
    if (pipeline.file.has(later))
      return wrong("reading", pipeline.path.string(), fmt::format("[{}] is not built in this version", later),
                   "take the section out");
  CHURNSTREAM_TRY(read_source(pipeline));
  CHURNSTREAM_TRY(check_stream_format(pipeline.file));
  CHURNSTREAM_TRY_ASSIGN(pipeline.decode, pipeline.file.read("decode", stream_decoder_options(), "format"));
  CHURNSTREAM_TRY_ASSIGN(const Config model, pipeline.file.read("model", model_options()));
  pipeline.model = model.path("path");
  CHURNSTREAM_TRY(read_score(pipeline));
  CHURNSTREAM_TRY(read_sinks(pipeline));
  CHURNSTREAM_TRY(read_refused(pipeline));
  if (pipeline.file.has("page")) {
    CHURNSTREAM_TRY_ASSIGN(pipeline.page, pipeline.file.read("page", page_options()));
  }
  CHURNSTREAM_TRY_ASSIGN(pipeline.run, pipeline.file.read("run", run_options()));
  // How many rows a batch holds is the run's business; the source has to know it.
  pipeline.source.set("batch_rows", pipeline.run.integer("batch_rows"));
  return pipeline;
}

}  // namespace

Result<PipelineFile> load_pipeline_file(const Path& path) {
  CHURNSTREAM_TRY_ASSIGN(ConfigFile file, ConfigFile::load(path));
  return read_all(std::move(file), path);
}

Result<PipelineFile> parse_pipeline_file(std::string_view text, std::string name, const Path& folder) {
  Path path = name;
  CHURNSTREAM_TRY_ASSIGN(ConfigFile file, ConfigFile::parse(text, std::move(name), folder));
  return read_all(std::move(file), std::move(path));
}

Result<CustomerColumns> customer_columns(const PipelineFile& file, const PipelineModel& model) {
  const std::optional<ModelNotes>& notes = model.notes();
  CustomerColumns customer;
  customer.key = file.decode.has("key") ? file.decode.text("key") : notes ? notes->key : "";
  customer.label = file.decode.has("label") ? file.decode.text("label") : notes ? notes->label : "";
  if (customer.key.empty())
    return file.file.point_at("decode", "key",
                              "the model does not say which column is the customer id; say it here");

  std::vector<std::string> names;
  if (file.decode.has("columns")) names = file.decode.texts("columns");
  if (names.empty() && notes)
    for (const Field& field : notes->raw.fields()) names.push_back(field.name);
  if (names.empty())
    return file.file.point_at("decode", "columns",
                              "the model does not say which columns customers have; say it here");

  const std::vector<std::string> numbers =
      file.decode.has("numbers") ? file.decode.texts("numbers") : std::vector<std::string>();
  std::vector<Field> fields;
  for (const std::string& name : names) {
    if (name == customer.label) continue;
    const auto known = notes ? notes->raw.find(name) : std::nullopt;
    ColumnType type = known ? notes->raw[*known].type : ColumnType::text;
    if (is_in(numbers, name)) type = ColumnType::number;
    if (name == customer.key) type = ColumnType::text;
    fields.push_back({name, type});
  }
  CHURNSTREAM_TRY_ASSIGN(Schema raw, Schema::make(std::move(fields)));
  if (!raw.find(customer.key))
    return file.file.point_at("decode", "key",
                              fmt::format("there is no column \"{}\" among the customer's", customer.key));
  customer.raw = std::make_shared<const Schema>(std::move(raw));
  return customer;
}

Result<std::shared_ptr<const ScoreTerms>> score_terms(const PipelineFile& file, const PipelineModel& model,
                                                      const Schema& decoded, const std::string& key) {
  ScoreTerms terms;
  terms.model = model.fingerprint();
  const std::optional<ModelNotes>& notes = model.notes();
  if (notes) terms.class_labels = notes->class_labels;
  for (std::size_t index = terms.class_labels.size(); index < model.predictor().num_classes; ++index)
    terms.class_labels.push_back(std::to_string(index));
  if (notes && !notes->positive.empty()) {
    const auto place = std::find(terms.class_labels.begin(), terms.class_labels.end(), notes->positive);
    if (place == terms.class_labels.end())
      return wrong("reading the model", file.model.string(), "its positive class is none of its classes");
    terms.positive_class = static_cast<std::size_t>(place - terms.class_labels.begin());
  }
  if (terms.positive_class >= model.predictor().num_classes)
    return wrong("reading the model", file.model.string(), "it has only one class");
  terms.key_column = *decoded.find(key);
  terms.band_medium = file.score.number("band_medium");
  terms.band_high = file.score.number("band_high");
  terms.threshold = file.threshold.value_or(ScoreTerms().band_medium);
  if (file.score.has("value")) {
    terms.value_column = file.score.text("value");
    const auto column = decoded.find(terms.value_column);
    if (!column || decoded[*column].type != ColumnType::number)
      return file.file.point_at("score", "value",
                                column ? "this column holds text" : "the customers have no such column");
  }
  return std::make_shared<const ScoreTerms>(std::move(terms));
}

Result<RunParts> build_pipeline(const PipelineFile& file, std::shared_ptr<const PipelineModel> model,
                                Clock& clock, BuildWishes wishes) {
  RunParts parts;
  LaneParts lane;
  lane.source = std::move(wishes.source);
  if (!lane.source) {
    Config source = file.source;
    // The end of a file that is followed is where it ends now.
    if (wishes.until_end && source.has("follow")) source.set("follow", false);
    CHURNSTREAM_TRY_ASSIGN(lane.source, file.source_kind->make(source, clock));
  }
  CHURNSTREAM_TRY_ASSIGN(const CustomerColumns customer, customer_columns(file, *model));
  CHURNSTREAM_TRY_ASSIGN(lane.decoder, make_stream_decoder(file, customer));
  CHURNSTREAM_TRY_ASSIGN(parts.terms, score_terms(file, *model, *lane.decoder->schema(), customer.key));
  if (const auto record = ScoredRecord::make(*lane.decoder->schema(), *parts.terms); !record)
    return tl::make_unexpected(record.error());
  std::shared_ptr<const Scorer> scorer = make_reference_scorer(model->predictor());
  lane.scorer = make_model_scorer(std::move(model), std::move(scorer));
  parts.lanes.push_back(std::move(lane));

  for (const SinkEntry& entry : file.sinks) {
    // Made once here so that a wrong option is found before anything is opened.
    if (auto tried = entry.kind->make(entry.config); !tried) return tl::make_unexpected(tried.error());
    parts.sinks.push_back({entry.name, entry.required, entry.kind->single_writer,
                           [entry] { return *entry.kind->make(entry.config); }});
  }
  parts.refused = make_refused_file(file.refused, clock);
  parts.lane_terms.commit_interval = file.run.duration("commit_interval");
  parts.lane_terms.until_end = wishes.until_end;
  return parts;
}

std::vector<Options> pipeline_options() {
  std::vector<Options> all;
  for (const SourceKind& kind : all_source_kinds()) all.push_back(kind.options());
  all.push_back(stream_decoder_options());
  all.push_back(model_options());
  all.push_back(score_options(false));
  for (const SinkKind& kind : all_sink_kinds()) all.push_back(with_sink_options(kind.options()));
  all.push_back(refused_file_options());
  all.push_back(page_options());
  all.push_back(run_options());
  return all;
}

}  // namespace churnstream
