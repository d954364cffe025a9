// churnstream train: a recipe goes in, an evaluation and a saved model come out.
#include <CLI/CLI.hpp>

#include "command/training_run.h"
#include "command/verbs.h"

namespace churnstream {

Verb train_verb() {
  return {"train", "Fit what a recipe describes, print how good it is, save a Spark ML model.",
          "churnstream train examples/telco/recipe.toml --out model", [](CLI::App& app) {
            auto arguments = std::make_shared<TrainArguments>();
            app.add_option("recipe", arguments->recipe, "The recipe.toml.")->required();
            app.add_option("--out", arguments->out, "Where the model goes instead of [output] path.");
            app.add_option("--seed", arguments->seed, "A seed instead of [model] seed.");
            app.add_option("--threads", arguments->threads, "Threads to work with; never changes the result.")
                ->check(CLI::Range(1, 1024));
            app.add_option("--cross-validate", arguments->folds,
                           "First say how good the recipe is, over this many folds.")
                ->check(CLI::Range(2, 1000));
            app.add_option("--repeats", arguments->repeats,
                           "Cross-validate this many times with other folds.")
                ->check(CLI::Range(1, 1000));
            app.add_flag("--json", arguments->as_json, "Print one JSON object.");
            return [arguments] { return run_training(*arguments); };
          }};
}

}  // namespace churnstream
