// churnstream grafana PIPELINE --out DIR: a Grafana dashboard on the pipeline's store.
#include <fmt/format.h>

#include <CLI/CLI.hpp>

#include "command/report_choice.h"
#include "command/verbs.h"
#include "report/grafana_dashboard.h"

namespace churnstream {
namespace {

struct GrafanaOptions {
  std::string pipeline, out, sink;
  bool replaces_edited = false;
};

Result<void> write_dashboard(const GrafanaOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(
      const ReportStore store,
      report_store_of({options.pipeline, options.sink, "Grafana's PostgreSQL data source", {"postgres"}}));
  const GrafanaDashboard dashboard = make_grafana_dashboard(store);
  CHURNSTREAM_TRY(
      write_project_folder(options.out, dashboard.files, "churnstream grafana",
                           options.replaces_edited ? EditedFiles::are_replaced : EditedFiles::are_kept));
  for (const std::string& note : dashboard.notes) fmt::print(stderr, "{}\n", note);
  fmt::print(stderr, "The dashboard is {}: import it in Grafana.\n",
             (Path(options.out) / dashboard.files.begin()->first).string());
  return {};
}

}  // namespace

Verb grafana_verb() {
  return {"grafana", "Writes a Grafana dashboard that shows the pipeline's PostgreSQL store.",
          "churnstream grafana examples/csv_to_postgres/pipeline.toml --out churn-grafana",
          [](CLI::App& app) {
            const auto options = std::make_shared<GrafanaOptions>();
            app.add_option("pipeline", options->pipeline, "The pipeline.toml.")->required();
            app.add_option("--out", options->out,
                           "The dashboard's folder: a new or empty one, or one that this verb wrote before.")
                ->required();
            app.add_option("--sink", options->sink,
                           "The sink whose store is shown, by its name, where several fit.");
            app.add_flag("--force", options->replaces_edited,
                         "Replace files of ours that were edited since; others' files stay in any case.");
            return [options] { return write_dashboard(*options); };
          }};
}

}  // namespace churnstream
