// churnstream adopt FOREST --recipe R --out M: a bare Spark model becomes a whole pipeline.
#include <CLI/CLI.hpp>
#include <cstdio>

#include "command/adopted_model.h"
#include "command/verbs.h"

namespace churnstream {
namespace {

struct AdoptOptions {
  std::string forest, recipe, out;
};

Result<void> adopt(const AdoptOptions& options) {
  CHURNSTREAM_TRY_ASSIGN(const auto bare, PipelineModel::load(options.forest));
  CHURNSTREAM_TRY_ASSIGN(const Recipe recipe, load_recipe(options.recipe));
  CHURNSTREAM_TRY_ASSIGN(const TrainingData data, load_training_data(recipe));
  CHURNSTREAM_TRY_ASSIGN(const auto model, adopt_model(*bare, recipe, data));
  CHURNSTREAM_TRY(model->save(options.out));
  std::printf("%s\n", preparation_text(data.counts, recipe.drop_missing).c_str());
  std::printf("%s: %s\n", options.out.c_str(), model->fingerprint().c_str());
  return {};
}

}  // namespace

Verb adopt_verb() {
  return {"adopt", "Put encoders, fitted on a recipe's data, in front of a bare Spark model.",
          "churnstream adopt random_forest_model --recipe examples/origin/recipe.toml --out model",
          [](CLI::App& app) {
            auto options = std::make_shared<AdoptOptions>();
            app.add_option("FOREST", options->forest, "A Spark ML forest or tree, saved without a pipeline.")
                ->required();
            app.add_option("--recipe", options->recipe,
                           "The recipe.toml whose data the encoders are fitted on.")
                ->required();
            app.add_option("--out", options->out,
                           "Where to write the pipeline; a model that is there is replaced.")
                ->required();
            return [options] { return adopt(*options); };
          }};
}

}  // namespace churnstream
