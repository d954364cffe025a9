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
  if (names.empty() && notes) {
    for (const Field& field : notes->raw.fields()) names.push_back(field.name);
    if (notes->label_place && notes->label == customer.label)
      names.insert(names.begin() + static_cast<std::ptrdiff_t>(*notes->label_place), customer.label);
  }
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
    if (std::find(numbers.begin(), numbers.end(), name) != numbers.end()) type = ColumnType::number;
    if (name == customer.key) type = ColumnType::text;
    fields.push_back({name, type});
  }
  CHURNSTREAM_TRY_ASSIGN(Schema raw, Schema::make(std::move(fields)));
  if (!raw.find(customer.key))
    return file.file.point_at("decode", "key",
                              fmt::format("there is no column \"{}\" among the customer's", customer.key));
  customer.raw = std::make_shared<const Schema>(std::move(raw));
  customer.order = std::move(names);
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

namespace {

bool wants_transactions(const PipelineFile& file, const SinkEntry& entry) {
  if (entry.kind->make_transactional == nullptr || !file.source_kind->has_group) return false;
  return !entry.config.has("delivery") || entry.config.text("delivery") == "exactly_once";
}

// The one sink whose transactions hold the source's offsets; npos when there is none. Wrong when what the
// file asks for cannot be: transactions span one cluster and one producer per lane.
Result<std::size_t> transactional_sink(const PipelineFile& file) {
  std::size_t found = std::string::npos;
  for (std::size_t index = 0; index < file.sinks.size(); ++index) {
    const SinkEntry& entry = file.sinks[index];
    const bool is_asked_for = entry.config.has("delivery") && entry.config.text("delivery") == "exactly_once";
    if (is_asked_for && !file.source_kind->has_group)
      return file.file.point_at(
          "sink", "delivery",
          "exactly once into Kafka needs a Kafka source: rows and offsets are committed together", index);
    if (!wants_transactions(file, entry)) continue;
    if (entry.config.text("brokers") != file.source.text("brokers")) {
      if (!is_asked_for) continue;  // another cluster: at least once
      return file.file.point_at(
          "sink", "brokers",
          "exactly once needs source and sink in one cluster; write the same brokers for both", index);
    }
    if (!entry.required)
      return file.file.point_at("sink", "required",
                                "a sink with the source's offsets in its transactions is required", index);
    if (found != std::string::npos)
      return file.file.point_at("sink", "delivery",
                                "only one sink can hold the source's offsets; give the other delivery = "
                                "\"at_least_once\"",
                                index);
    found = index;
  }
  return found;
}

std::size_t lanes_of(const PipelineFile& file) {
  if (!file.source_kind->many_lanes) return 1;
  const auto wished = static_cast<std::size_t>(file.run.integer("lanes"));
  return wished > 0 ? wished : std::max(1u, std::thread::hardware_concurrency());
}

}  // namespace

Result<RunParts> build_pipeline(const PipelineFile& file, std::shared_ptr<const PipelineModel> model,
                                Clock& clock, BuildWishes wishes) {
  RunParts parts;
  CHURNSTREAM_TRY_ASSIGN(const CustomerColumns customer, customer_columns(file, *model));
  const bool keeps_labels = file.outcomes && file.outcomes->text("from") == "column";
  if (keeps_labels && customer.label.empty())
    return file.file.point_at("outcomes", "from",
                              "the model does not say which column is the label; say it in [decode] label");
  CHURNSTREAM_TRY_ASSIGN(const std::size_t transactional, transactional_sink(file));
  const bool has_transactions = transactional != std::string::npos;
  const std::shared_ptr<const Scorer> scorer =
      wishes.scorer ? wishes.scorer : make_fast_scorer(model->predictor());
  const std::size_t lanes = wishes.source ? 1 : lanes_of(file);
  for (std::size_t number = 0; number < lanes; ++number) {
    LaneParts lane;
    lane.source = std::move(wishes.source);
    if (!lane.source) {
      const LaneWishes lane_wishes{fmt::format("{}-{}", wishes.instance, number), wishes.until_end,
                                   has_transactions};
      CHURNSTREAM_TRY_ASSIGN(lane.source, file.source_kind->make(file.source, clock, lane_wishes));
    }
    CHURNSTREAM_TRY_ASSIGN(lane.decoder, make_stream_decoder(file, customer));
    lane.scorer = make_model_scorer(model, scorer);
    parts.lanes.push_back(std::move(lane));
  }
  const Schema& decoded = *parts.lanes.front().decoder->schema();
  CHURNSTREAM_TRY_ASSIGN(parts.terms, score_terms(file, *model, decoded, customer.key));
  if (const auto record = ScoredRecord::make(decoded, *parts.terms); !record)
    return tl::make_unexpected(record.error());

  const bool refused_in_transaction = has_transactions &&
                                      file.refused_kind->type == std::string_view("kafka") &&
                                      file.refused.text("brokers") == file.source.text("brokers");
  for (std::size_t index = 0; index < file.sinks.size(); ++index) {
    const SinkEntry& entry = file.sinks[index];
    if (index == transactional) {
      const auto make = [entry, group = file.source.text("group"), refused_in_transaction,
                         refused = file.refused] {
        return entry.kind->make_transactional(entry.config,
                                              {group, refused_in_transaction ? &refused : nullptr});
      };
      if (auto tried = make(); !tried) return tl::make_unexpected(tried.error());
      parts.transaction = {entry.name, refused_in_transaction, [make] { return *make(); }};
      continue;
    }
    // Made once here so that a wrong option is found before anything is opened.
    if (auto tried = entry.kind->make(entry.config); !tried) return tl::make_unexpected(tried.error());
    parts.sinks.push_back({entry.name, entry.required, entry.kind->single_writer,
                           [entry] { return *entry.kind->make(entry.config); }});
  }
  if (!refused_in_transaction) {
    CHURNSTREAM_TRY_ASSIGN(parts.refused, file.refused_kind->make(file.refused, clock));
  }
  parts.lane_terms.keeps_outcomes = keeps_labels;
  parts.lane_terms.source_has_group = file.source_kind->has_group;
  parts.lane_terms.commit_interval = file.run.duration("commit_interval");
  parts.lane_terms.until_end = wishes.until_end;
  return parts;
}

}  // namespace churnstream
