#include "command/pipeline_build.h"

#include <fmt/format.h>

#include <algorithm>
#include <thread>

#include "command/stream_decoder.h"
#include "pipeline/model_scorer.h"
#include "sink/scored_record.h"

namespace churnstream {

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

}  // namespace churnstream
