// churnstream outcomes PIPELINE [FILE]: who really left, put beside the scores that foresaw it; from a file,
// or from the topic that [outcomes] names.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "command/evaluation_text.h"
#include "command/outcome_rows.h"
#include "command/outcome_stores.h"
#include "command/outcomes_section.h"
#include "command/pipeline_build.h"
#include "command/stop_signal.h"
#include "command/verbs.h"
#ifdef CHURNSTREAM_HAS_KAFKA
#include "command/kafka_outcomes.h"
#endif

namespace churnstream {
namespace {

constexpr std::size_t kRefusedShown = 20;  // of a file, which can be read again

struct OutcomesOptions {
  std::string pipeline, file;
  OutcomeColumns columns;
  bool follow = false, from_start = false;
};

void print_refused(const std::string& what) { fmt::print(stderr, "refused: {}\n", what); }

void print_refused(const std::vector<std::string>& refused) {
  for (std::size_t i = 0; i < std::min(refused.size(), kRefusedShown); ++i) print_refused(refused[i]);
  if (refused.size() > kRefusedShown)
    fmt::print(stderr, "... and {} more\n", with_commas(refused.size() - kRefusedShown));
}

Result<void> some_refused(std::uint64_t count) {
  if (count == 0) return {};
  return failed("reading", "the outcomes", "some records were refused, as said above; the others are kept");
}

Result<void> from_file(const OutcomesOptions& options, const PipelineFile& file, const ScoreTerms& terms) {
  CHURNSTREAM_TRY_ASSIGN(const std::string csv, read_file(options.file));
  CHURNSTREAM_TRY_ASSIGN(const OutcomeRows rows, read_outcome_rows(csv, options.columns, terms));
  print_refused(rows.refused);
  OutcomeStores stores(file);
  const Result<void> kept = stores.keep(rows.known);
  fmt::print("{}", stores.account(rows.known.size() + rows.refused.size(), rows.refused.size()));
  CHURNSTREAM_TRY(kept);
  return some_refused(rows.refused.size());
}

#ifdef CHURNSTREAM_HAS_KAFKA
Result<void> from_topic(const OutcomesOptions& options, const PipelineFile& file,
                        std::shared_ptr<const ScoreTerms> terms) {
  const Config& section = *file.outcomes;
  CHURNSTREAM_TRY_ASSIGN(
      OutcomeDecoder decoder,
      OutcomeDecoder::make(section.has("format") ? section.text("format") : "json", options.columns,
                           section.has("columns") ? section.texts("columns") : std::vector<std::string>(),
                           std::move(terms)));
  const StopSignal signal;
  OutcomeStores stores(file);
  TopicAccount account;
  const TopicOutcomes topic{.section = section,
                            .follows = options.follow,
                            .from_start = options.from_start,
                            .on_refused = [](const std::string& what) { print_refused(what); }};
  const Result<void> kept = keep_topic_outcomes(topic, decoder, stores, signal.asked(), account);
  fmt::print("{}", stores.account(account.read, account.refused));
  CHURNSTREAM_TRY(kept);
  // Who follows is ended by a signal, and that is no failure.
  return options.follow ? Result<void>() : some_refused(account.refused);
}
#endif

// A file may bring outcomes to any pipeline that keeps some; without one there has to be a topic.
Result<void> check_origin(const OutcomesOptions& options, const PipelineFile& file) {
  if (!file.outcomes)
    return wrong(
        "keeping outcomes for", options.pipeline, "it has no [outcomes] section",
        "add [outcomes] with from = \"file\", and run the pipeline once: its stores then have the table");
  if (options.file.empty() && !outcomes_come_from_topic(file))
    return wrong("keeping outcomes for", options.pipeline, "there is neither a file nor a topic to read",
                 "name a CSV file, or say [outcomes] from = \"topic\"");
  if (!options.file.empty() && (options.follow || options.from_start))
    return wrong("keeping outcomes of", options.file, "--follow and --from-start are for a topic",
                 "leave the file out");
  return {};
}

Result<void> outcomes(OutcomesOptions options) {
  CHURNSTREAM_TRY_ASSIGN(const PipelineFile file, load_pipeline_file(options.pipeline));
  CHURNSTREAM_TRY(check_origin(options, file));
  CHURNSTREAM_TRY_ASSIGN(const auto model, PipelineModel::load(file.model));
  CHURNSTREAM_TRY_ASSIGN(const CustomerColumns customer, customer_columns(file, *model));
  CHURNSTREAM_TRY_ASSIGN(const auto terms, score_terms(file, *model, *customer.raw, customer.key));
  if (options.columns.customer.empty()) options.columns.customer = customer.key;
  if (options.columns.label.empty()) options.columns.label = customer.label;
  if (options.columns.label.empty())
    return wrong("keeping outcomes for", options.pipeline,
                 "neither the model nor the pipeline says which column is the label", "give --label COLUMN");
#ifdef CHURNSTREAM_HAS_KAFKA
  if (options.file.empty()) return from_topic(options, file, terms);
#endif
  return from_file(options, file, *terms);
}

}  // namespace

Verb outcomes_verb() {
  return {
      "outcomes", "Puts who really left beside the scores, from a CSV file or a topic.",
      "churnstream outcomes pipeline.toml left.csv --time left_on\n"
      "  churnstream outcomes pipeline.toml --follow",
      [](CLI::App& app) {
        const auto options = std::make_shared<OutcomesOptions>();
        app.add_option("pipeline", options->pipeline, "The pipeline.toml, with an [outcomes] section.")
            ->required();
        app.add_option("file", options->file,
                       "A CSV file with a header line, one customer a record. Left out: the topic of "
                       "[outcomes] from = \"topic\" is read, to the end that is there now.");
        app.add_flag("--follow", options->follow,
                     "Go on reading the topic until SIGINT or SIGTERM; run does not read it.");
        app.add_flag("--from-start", options->from_start,
                     "Read the topic from its beginning: what is kept already stays as it is, and customers "
                     "who had no score then may have one now.");
        app.add_option("--customer", options->columns.customer,
                       "The column of the customer id; left out: the pipeline's key.");
        app.add_option("--label", options->columns.label,
                       "The column with the model's classes; left out: the pipeline's label.");
        app.add_option("--time", options->columns.time,
                       "A column with times (RFC 3339) or dates: the outcome is put beside the newest score "
                       "up to then. Left out: of a file beside the newest one, of a topic beside the newest "
                       "one up to the record's own time.");
        return [options] { return outcomes(*options); };
      }};
}

}  // namespace churnstream
