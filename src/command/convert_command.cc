// churnstream convert MODEL --out M: a supported model in the form that every Spark since 3.0 loads.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "command/verbs.h"
#include "model/pipeline_model.h"

namespace churnstream {
namespace {

struct ConvertOptions {
  std::string model, out;
};

Result<void> convert(const ConvertOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const auto model, PipelineModel::load(options.model));
  CHURNSTREAM_TRY(model->save(options.out));
  std::printf("%s: %s\n", options.out.c_str(), model->fingerprint().c_str());
  return {};
}

}  // namespace

Verb convert_verb() {
  return {"convert", "Rewrite a model of any Spark in the form that every Spark since 3.0 loads.",
          "churnstream convert model_of_spark_4 --out model", [](CLI::App& app) {
            auto options = std::make_shared<ConvertOptions>();
            app.add_option("MODEL", options->model, "A Spark ML model directory.")->required();
            app.add_option("--out", options->out, "Where to write it; a model that is there is replaced.")
                ->required();
            return [options] { return convert(*options); };
          }};
}

}  // namespace churnstream
