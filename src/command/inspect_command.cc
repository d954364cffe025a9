// churnstream inspect MODEL: what is in a model.
#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <numeric>

#include "base/numbers.h"
#include "command/model_summary.h"
#include "command/verbs.h"

namespace churnstream {
namespace {

struct InspectOptions {
  std::string model;
  bool is_json = false;
};

Result<void> inspect(const InspectOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const auto model, PipelineModel::load(options.model));
  const std::string text = options.is_json ? summary_json(*model) : summary_text(*model);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return {};
}

}  // namespace

Verb inspect_verb() {
  return {"inspect", "Say what is in a model: stages, trees, features, importances, fingerprint, provenance.",
          "churnstream inspect model", [](CLI::App& app) {
            auto options = std::make_shared<InspectOptions>();
            app.add_option("MODEL", options->model, "A Spark ML model directory.")->required();
            app.add_flag("--json", options->is_json, "As one JSON object.");
            return [options] { return inspect(*options); };
          }};
}

}  // namespace churnstream
