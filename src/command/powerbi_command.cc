// churnstream powerbi PIPELINE --out DIR: a Power BI project on the pipeline's store.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "command/report_choice.h"
#include "command/verbs.h"
#include "report/powerbi_project.h"

namespace churnstream {
namespace {

struct PowerBiOptions {
  std::string pipeline, out, sink;
  bool replaces_edited = false;
};

Result<void> write_project(const PowerBiOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(
      ReportStore store,
      report_store_of({options.pipeline, options.sink, "Power BI's DirectQuery", {"postgres", "snowflake"}}));
  if (!store.customers)
    return wrong("writing a Power BI project on", options.pipeline,
                 "the sink's tables are without churn_scores, each customer's newest score",
                 "let tables have it: money summed over events would count a customer many times");
  const PowerBiProject project = make_powerbi_project(std::move(store));
  CHURNSTREAM_TRY(
      write_project_folder(options.out, project.files, "churnstream powerbi",
                           options.replaces_edited ? EditedFiles::are_replaced : EditedFiles::are_kept));
  for (const std::string& note : project.notes) fmt::print(stderr, "{}\n", note);
  fmt::print(stderr, "{} files are in {}: open Churn.pbip there in Power BI Desktop.\n", project.files.size(),
             options.out);
  return {};
}

}  // namespace

Verb powerbi_verb() {
  return {"powerbi", "Writes a Power BI project that shows the pipeline's PostgreSQL or Snowflake store.",
          "churnstream powerbi examples/csv_to_postgres/pipeline.toml --out churn-powerbi",
          [](CLI::App& app) {
            const auto options = std::make_shared<PowerBiOptions>();
            app.add_option("pipeline", options->pipeline, "The pipeline.toml.")->required();
            app.add_option("--out", options->out,
                           "The project's folder: a new or empty one, or one that this verb wrote before.")
                ->required();
            app.add_option("--sink", options->sink,
                           "The sink whose store is shown, by its name, where several fit.");
            app.add_flag("--force", options->replaces_edited,
                         "Replace files of ours that were edited since; others' files stay in any case.");
            return [options] { return write_project(*options); };
          }};
}

}  // namespace churnstream
