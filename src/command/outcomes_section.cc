#include "command/outcomes_section.h"

#include <fmt/format.h>

#include "sink/outcome_record.h"

namespace churnstream {
namespace {

#ifdef CHURNSTREAM_HAS_KAFKA
constexpr const char* kBuilt = "this version has \"column\", \"file\" and \"topic\"";
constexpr bool kHasTopics = true;
#else
constexpr const char* kBuilt = "this version has \"column\" and \"file\"";
constexpr bool kHasTopics = false;
#endif

Result<void> check_origin(const PipelineFile& pipeline) {
  const std::string& from = pipeline.outcomes->text("from");
  if (from == "topic" && !kHasTopics)
    return pipeline.file.point_at("outcomes", "from",
                                  fmt::format("outcomes from a topic are not built; {}", kBuilt));
  if (from != "column" && from != "file" && from != "topic")
    return pipeline.file.point_at("outcomes", "from",
                                  fmt::format("there are no outcomes from \"{}\"; {}", from, kBuilt));
  for (const char* name : {"topic", "format", "columns", "group", "brokers"})
    if (from != "topic" && pipeline.outcomes->has(name))
      return pipeline.file.point_at("outcomes", name, "this goes with from = \"topic\"");
  return {};
}

// What is left out is as the source has it.
Result<void> complete_topic(PipelineFile& pipeline) {
  Config& section = *pipeline.outcomes;
  const Config& source = pipeline.source;
  if (!section.has("topic"))
    return pipeline.file.point_at("outcomes", "from", "say which topic: topic = \"...\"");
  if (!section.has("brokers")) {
    if (pipeline.source_kind->type != std::string_view("kafka"))
      return pipeline.file.point_at(
          "outcomes", "topic",
          "the source names no cluster in which it lies; say brokers = \"host:port\" here");
    section.set("brokers", source.text("brokers"), source.where("brokers"));
    for (const auto& [name, value] : source.passed_on())
      if (!section.passed_on().contains(name)) section.pass_on(name, value);
  }
  if (!section.has("group"))
    section.set("group",
                (pipeline.source_kind->has_group ? source.text("group") : "churnstream") + ".outcomes");
  return {};
}

Result<void> ask_the_sinks(PipelineFile& pipeline) {
  bool is_held = false;
  for (SinkEntry& sink : pipeline.sinks)
    if (sink.kind->keep_outcomes != nullptr) {
      ask_for_outcomes(sink.config);
      is_held = true;
    }
  if (is_held) return {};
  std::string able;
  for (const SinkKind& kind : all_sink_kinds())
    if (kind.keep_outcomes != nullptr) able += fmt::format("{}{}", able.empty() ? "" : ", ", kind.type);
  return pipeline.file.point_at(
      "outcomes", "from",
      fmt::format("no sink of this pipeline can hold outcomes; these can: {}", able.empty() ? "none" : able));
}

}  // namespace

Options outcomes_options() {
  Options options("outcomes",
                  "True outcomes, who really left, kept beside the scores in the stores that can hold them. "
                  "Left out: the label is taken off and kept nowhere.");
  options
      .text("from",
            "Where they come from: \"column\", the label column that is taken off each record before it is "
            "scored; \"file\", files that churnstream outcomes brings; \"topic\", a topic that churnstream "
            "outcomes reads.")
      .required();
  options.text("topic", "Of from = \"topic\": the topic, one customer a record.");
  options.text("format", "How a record of the topic is written: a JSON object, or CSV. Left out: \"json\".")
      .one_of({"json", "csv"});
  options.texts("columns",
                "The columns of a CSV record of the topic in their order; left out: key, label and, where "
                "--time names one, time.");
  options.text(
      "group",
      "The consumer group that keeps how far the topic is read: one for each pipeline. Left out: the "
      "source's with \".outcomes\" behind it; without a Kafka source \"churnstream.outcomes\".");
  options.text("brokers",
               "Where the topic's cluster is: host:port, several with commas. Left out: the Kafka source's, "
               "with its properties.");
  options.properties("kafka", "librdkafka's own properties, such as security.protocol = \"SASL_SSL\".");
  options
      .duration("delay",
                "How long after an event's time its outcome counts on the page and in the API: as long as it "
                "takes to know it. It is stored at once, with its row.")
      .between(0, 315'360'000)
      .fallback("0s");
  options
      .number("customer_value",
              "For the profit that the page shows: money a customer who is kept is worth. This and the next "
              "three are the literature's example; put in your own.")
      .at_least(0)
      .fallback(200.0);
  options.number("offer_cost", "What an offer costs that is taken.").at_least(0).fallback(10.0);
  options.number("contact_cost", "What a call costs.").at_least(0).fallback(1.0);
  options.number("acceptance", "The share of those about to leave who stay when they are called.")
      .between(0, 1)
      .fallback(0.3);
  return options;
}

Result<void> read_outcomes(PipelineFile& pipeline) {
  CHURNSTREAM_TRY_ASSIGN(pipeline.outcomes, pipeline.file.read("outcomes", outcomes_options()));
  CHURNSTREAM_TRY(check_origin(pipeline));
  if (outcomes_come_from_topic(pipeline)) CHURNSTREAM_TRY(complete_topic(pipeline));
  return ask_the_sinks(pipeline);
}

bool outcomes_come_from_topic(const PipelineFile& pipeline) {
  return pipeline.outcomes && pipeline.outcomes->text("from") == "topic";
}

}  // namespace churnstream
