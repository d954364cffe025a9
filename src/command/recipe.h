// A recipe.toml, read and checked: what a training reads, prepares, learns and where it puts the model. A
// plain value. The options are promises (docs/formats/recipe.md).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/options.h"
#include "train/pipeline_fit.h"

namespace churnstream {

// Two parts by Spark's randomSplit: the first to train on, the second to test on.
struct SplitPlan {
  std::vector<double> weights;
  std::int64_t seed = 0;
};

// What a figure of cross-validation must reach.
struct Gate {
  std::string figure;  // ValidatedFigure::name
  double bound = 0;
  bool is_least = true;  // false: the figure may be at most this
};

struct Recipe {
  Path file;
  std::string text;  // as it was written; goes into the model's notes

  Path data;
  std::string key;  // empty: the data has none
  std::string label;
  std::string positive;
  std::string value;  // the column with money per month; empty: none

  bool drop_duplicates = false;
  std::vector<std::string> drop_missing;
  bool fits_encoders_on_all = false;  // false: on the training part alone
  PipelinePlan plan;
  std::optional<SplitPlan> split;  // without it everything is trained on
  std::vector<Gate> gates;
  Path output;

  // The training with another seed, as if the recipe had it.
  void set_seed(std::int64_t seed);
};

// Wrong with file, line and caret where an option does not fit.
Result<Recipe> load_recipe(const Path& path);

// Every option a recipe may hold, section by section; [model] once per type.
std::vector<Options> recipe_options();

}  // namespace churnstream
