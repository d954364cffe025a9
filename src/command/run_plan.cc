#include "command/run_plan.h"

#include <fmt/format.h>

#include "command/outcomes_section.h"
#include "command/pipeline_build.h"
#include "config/duration.h"
#ifdef CHURNSTREAM_HAS_DASHBOARD
#include "command/page_settings.h"
#endif

namespace churnstream {
namespace {

std::string names_of(const Schema& schema) {
  std::string names;
  for (const Field& field : schema.fields())
    names += fmt::format("{}{}", names.empty() ? "" : ", ", field.name);
  return names;
}

std::string place_of(const Config& config) {
  if (config.has("path")) return " " + config.text("path");
  if (!config.has("topic")) return {};
  return fmt::format(" topic {} at {}", config.text("topic"), config.text("brokers"));
}

std::string sink_sentence(const SinkEntry& sink) {
  const bool asks_for_less = sink.config.has("delivery") && sink.config.text("delivery") == "at_least_once";
  return fmt::format("Writes to sink \"{}\" ({}{}), {}: {}.\n", sink.name, sink.kind->type,
                     place_of(sink.config), sink.required ? "required" : "optional, left out when it fails",
                     asks_for_less ? "at least once, as the file asks" : sink.kind->promise);
}

std::string outcomes_sentence(const PipelineFile& file, const std::string& label) {
  std::string stores;
  for (const SinkEntry& sink : file.sinks)
    if (sink.kind->keep_outcomes != nullptr)
      stores += fmt::format("{}\"{}\"", stores.empty() ? "" : " and ", sink.name);
  const std::chrono::nanoseconds delay = file.outcomes->duration("delay");
  if (file.outcomes->text("from") == "file")
    return fmt::format("Has room in {} for who really left: churnstream outcomes brings it from a file.\n",
                       stores);
  if (outcomes_come_from_topic(file))
    return fmt::format("Has room in {} for who really left: churnstream outcomes brings it from{}.\n", stores,
                       place_of(*file.outcomes));
  return fmt::format("Keeps the label {} as the true outcome in {}; it counts {}.\n", label, stores,
                     delay.count() == 0 ? "at once" : duration_as_text(delay) + " after its event");
}

std::string lanes_sentence(const PipelineFile& file, std::size_t lanes) {
  const std::int64_t wished = file.run.integer("lanes");
  if (lanes > 1) return fmt::format("Runs {} lanes{}.\n", lanes, wished == 0 ? ", one per core" : "");
  if (file.source_kind->many_lanes || wished <= 1) return "Runs one lane.\n";
  return fmt::format("Runs one lane, not the {} wished for: this source has one partition.\n", wished);
}

}  // namespace

Result<std::string> explain_plan(const PipelineFile& file, std::shared_ptr<const PipelineModel> model) {
  CHURNSTREAM_TRY_ASSIGN(const CustomerColumns customer, customer_columns(file, *model));
  // Builds what can be built without opening anything, so that every mistake shows now.
  CHURNSTREAM_TRY_ASSIGN(const RunParts parts, build_pipeline(file, model, system_clock(), {}));
#ifdef CHURNSTREAM_HAS_DASHBOARD
  if (file.page) CHURNSTREAM_TRY(page_settings(file));
#endif
  const ScoreTerms& terms = *parts.terms;
  std::string text;
  text += fmt::format("Reads{}: {}.\n", place_of(file.source), file.source_kind->reads);
  if (file.source.has("rate") && file.source.number("rate") > 0)
    text += fmt::format("Paced at {} rows per second.\n", file.source.number("rate"));
  if (file.source.has("follow") && file.source.flag("follow"))
    text += "Waits for the file to grow at its end.\n";
  const std::string root = file.decode.has("root") ? file.decode.text("root") : "";
  text += fmt::format("Decodes {}{}; the customer's columns are {}; the key is {}; {}.\n",
                      file.decode.text("format"), root.empty() ? root : " under " + root,
                      names_of(*customer.raw), customer.key,
                      customer.label.empty() ? "there is no label to take off"
                                             : "the label " + customer.label + " is taken off at the door");
  text += fmt::format("Scores with {} ({} trees, fingerprint {}).\n", file.model.string(),
                      model->predictor().trees.size(), terms.model.substr(0, 12));
  text += fmt::format(
      "The probability is that of \"{}\"; a row is flagged from {:.4g}; risk is medium from {:.4g} and "
      "high from {:.4g}.\n",
      terms.class_labels[terms.positive_class], terms.threshold, terms.band_medium, terms.band_high);
  text += terms.value_column.empty()
              ? "There is no expected loss: [score] value is not set.\n"
              : fmt::format("The expected loss is probability x {}.\n", terms.value_column);
  for (const SinkEntry& sink : file.sinks) text += sink_sentence(sink);
  text += fmt::format("Refused rows go to{}, {}.\n", place_of(file.refused), file.refused_kind->promise);
  if (file.outcomes) text += outcomes_sentence(file, customer.label);
  if (file.page) text += fmt::format("Shows the live page on {}.\n", file.page->text("listen"));
  text += lanes_sentence(file, parts.lanes.size());
  text += fmt::format("Keeps its checkpoint in {}.\n", file.run.path("state_dir").string());
  return text;
}

}  // namespace churnstream
