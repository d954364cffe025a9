// churnstream doctor [PIPELINE]: what this machine, this program and a pipeline's brokers and stores are
// like, and what to do about what is not right.
#include <fmt/format.h>

#include <CLI/CLI.hpp>
#include <cstdio>

#include "command/machine_look.h"
#include "command/pipeline_look.h"
#include "command/verbs.h"

namespace churnstream {
namespace {

struct DoctorOptions {
  std::string pipeline;
};

void print(const std::vector<PartLook>& looks) {
  std::fputs(looks_text(looks).c_str(), stdout);
  std::fflush(stdout);  // a store may let us wait
}

Result<void> examine(const DoctorOptions& options) {
  std::vector<PartLook> looks{{"program", look_at_program()}, {"machine", look_at_machine()}};
  print(looks);
  if (options.pipeline.empty()) return verdict(looks);

  CHURNSTREAM_TRY_ASSIGN(const PipelineFile file, load_pipeline_file(options.pipeline));
  CHURNSTREAM_TRY_ASSIGN(const auto model, PipelineModel::load(file.model));
  Findings found;
  found.fine(fmt::format("{} is as it should be.", options.pipeline));
  found.fine(fmt::format("Its model has {} trees, fingerprint {}.", model->predictor().trees.size(),
                         model->fingerprint().substr(0, 12)));
  if (file.page) look_at_port("page", file.page->text("listen"), found);
  if (file.operations) look_at_port("ops", file.operations->text("listen"), found);
  print({{"pipeline", found}});
  CHURNSTREAM_TRY_ASSIGN(const auto parts, look_at_pipeline(file, model));
  print(parts);
  looks.insert(looks.end(), parts.begin(), parts.end());
  return verdict(looks);
}

}  // namespace

Verb doctor_verb() {
  return {"doctor",
          "Say what is installed, reachable and configured, and what to do about the rest; change nothing.",
          "churnstream doctor pipeline.toml", [](CLI::App& app) {
            const auto options = std::make_shared<DoctorOptions>();
            app.add_option("pipeline", options->pipeline,
                           "The pipeline.toml whose source, sinks, refused place and state are looked at.");
            return [options] { return examine(*options); };
          }};
}

}  // namespace churnstream
