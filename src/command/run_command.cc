// churnstream run: the stream that a pipeline.toml describes, until it ends or is stopped.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "base/log.h"
#include "command/pipeline_look.h"
#include "command/run_plan.h"
#include "command/stop_signal.h"
#include "command/stream_run.h"
#include "command/verbs.h"

namespace churnstream {
namespace {

struct RunOptions {
  std::string pipeline;
  bool check = false, dry_run = false, until_end = false;
  double progress_every = 0;
};

Result<void> stream(const RunOptions& options, const PipelineFile& file,
                    std::shared_ptr<const PipelineModel> model) {
  const StopSignal signal;
  RunProgress progress(system_clock());
  StreamWishes wishes;
  wishes.until_end = options.until_end;
  wishes.progress_every = std::chrono::nanoseconds(static_cast<std::int64_t>(options.progress_every * 1e9));
  wishes.page_is_up = [](const std::string& address) { log_info("the page is at " + address); };
  const Result<StreamEnd> end =
      run_stream(file, std::move(model), system_clock(), progress, signal.asked(), std::move(wishes));
  if (!end) return tl::make_unexpected(end.error());
  std::fprintf(stderr, "%s\n", account_sentence(end->account).c_str());
  return {};
}

Result<void> run(const RunOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const PipelineFile file, load_pipeline_file(options.pipeline));
  CHURNSTREAM_TRY_ASSIGN(std::shared_ptr<const PipelineModel> model, PipelineModel::load(file.model));
  if (!options.check && !options.dry_run) return stream(options, file, std::move(model));
  CHURNSTREAM_TRY_ASSIGN(const std::string plan, explain_plan(file, model));
  std::fputs(plan.c_str(), stdout);
  if (options.check) return {};
  std::fflush(stdout);  // a store may let us wait
  CHURNSTREAM_TRY_ASSIGN(const auto looks, look_at_pipeline(file, std::move(model)));
  std::fputs(looks_text(looks).c_str(), stdout);
  return verdict(looks);
}

}  // namespace

Verb run_verb() {
  return {"run", "The stream: rows in, scores out, as a pipeline.toml describes.",
          "churnstream run pipeline.toml --until-end", [](CLI::App& app) {
            const auto options = std::make_shared<RunOptions>();
            app.add_option("pipeline", options->pipeline, "The pipeline.toml.")->required();
            auto* check = app.add_flag("--check", options->check, "Explain what would happen; open nothing.");
            app.add_flag("--dry-run", options->dry_run,
                         "Connect, and look at topics, stores, rights and positions too; change nothing.")
                ->excludes(check);
            app.add_flag("--until-end", options->until_end,
                         "End when the source does, instead of waiting for more.");
            app.add_option("--progress-every", options->progress_every,
                           "Seconds between progress lines (JSON).")
                ->check(CLI::Range(0.01, 86'400.0));
            return [options] { return run(*options); };
          }};
}

}  // namespace churnstream
