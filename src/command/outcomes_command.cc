// churnstream outcomes PIPELINE FILE: who really left, put beside the scores that foresaw it.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "command/evaluation_text.h"
#include "command/outcome_rows.h"
#include "command/pipeline_build.h"
#include "command/pipeline_file.h"
#include "command/verbs.h"

namespace churnstream {
namespace {

constexpr std::size_t kRefusedShown = 20;

struct OutcomesOptions {
  std::string pipeline, file;
  OutcomeColumns columns;
};

void print_refused(const std::vector<std::string>& refused) {
  for (std::size_t i = 0; i < std::min(refused.size(), kRefusedShown); ++i)
    fmt::print(stderr, "refused: {}\n", refused[i]);
  if (refused.size() > kRefusedShown)
    fmt::print(stderr, "... and {} more\n", with_commas(refused.size() - kRefusedShown));
}

// Each store is asked, whatever the ones before it answered.
Result<void> keep_in_stores(const PipelineFile& file, const OutcomeRows& rows) {
  bool is_all = true;
  for (const SinkEntry& sink : file.sinks) {
    if (sink.kind->keep_outcomes == nullptr) continue;
    const auto kept = sink.kind->keep_outcomes(sink.config, rows.known);
    is_all = is_all && kept;
    if (!kept)
      fmt::print(stderr, "sink \"{}\": nothing was kept: {}\n", sink.name, kept.error().message);
    else
      fmt::print("sink \"{}\": {} records = {} kept + {} of customers without a score + {} refused\n",
                 sink.name, with_commas(rows.known.size() + rows.refused.size()), with_commas(kept->kept),
                 with_commas(kept->unscored), with_commas(rows.refused.size()));
  }
  if (!is_all) return failed("keeping", "outcomes", "a store has none of them, as said above");
  if (!rows.refused.empty())
    return failed("reading", "the outcomes", "some records were refused, as said above; the others are kept");
  return {};
}

Result<void> outcomes(OutcomesOptions options) {
  CHURNSTREAM_TRY_ASSIGN(const PipelineFile file, load_pipeline_file(options.pipeline));
  if (!file.outcomes)
    return wrong(
        "keeping outcomes for", options.pipeline, "it has no [outcomes] section",
        "add [outcomes] with from = \"file\", and run the pipeline once: its stores then have the table");
  CHURNSTREAM_TRY_ASSIGN(const auto model, PipelineModel::load(file.model));
  CHURNSTREAM_TRY_ASSIGN(const CustomerColumns customer, customer_columns(file, *model));
  CHURNSTREAM_TRY_ASSIGN(const auto terms, score_terms(file, *model, *customer.raw, customer.key));
  if (options.columns.customer.empty()) options.columns.customer = customer.key;
  if (options.columns.label.empty()) options.columns.label = customer.label;
  if (options.columns.label.empty())
    return wrong("reading", options.file, "neither the model nor the pipeline says which column is the label",
                 "give --label COLUMN");
  CHURNSTREAM_TRY_ASSIGN(const std::string csv, read_file(options.file));
  CHURNSTREAM_TRY_ASSIGN(const OutcomeRows rows, read_outcome_rows(csv, options.columns, *terms));
  print_refused(rows.refused);
  return keep_in_stores(file, rows);
}

}  // namespace

Verb outcomes_verb() {
  return {
      "outcomes", "Puts who really left beside the scores, from a CSV file.",
      "churnstream outcomes pipeline.toml left.csv --time left_on", [](CLI::App& app) {
        const auto options = std::make_shared<OutcomesOptions>();
        app.add_option("pipeline", options->pipeline, "The pipeline.toml, with an [outcomes] section.")
            ->required();
        app.add_option("file", options->file, "A CSV file with a header line, one customer a record.")
            ->required();
        app.add_option("--customer", options->columns.customer,
                       "The column of the customer id; left out: the pipeline's key.");
        app.add_option("--label", options->columns.label,
                       "The column with the model's classes; left out: the pipeline's label.");
        app.add_option(
            "--time", options->columns.time,
            "A column with times (RFC 3339) or dates: the outcome is put beside the newest score up to then. "
            "Left out: beside the newest one.");
        return [options] { return outcomes(*options); };
      }};
}

}  // namespace churnstream
