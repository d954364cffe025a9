// One training from its recipe.toml: what `train` and `demo` share. Called by one thread; works on several.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string>
#include <thread>

#include "base/result.h"

namespace churnstream {

struct TrainArguments {
  std::string recipe;
  std::string out;  // instead of the recipe's [output] path
  std::optional<std::int64_t> seed;
  std::size_t threads = std::max(1u, std::thread::hardware_concurrency());
  std::size_t folds = 0;  // 0: no cross-validation
  std::size_t repeats = 1;
  bool as_json = false;   // one object on standard output instead of lines
  bool is_quiet = false;  // neither; the progress bar stays
};

// Reads, prepares, cross-validates if asked, fits, evaluates, saves; says on standard output what it finds.
Result<void> run_training(const TrainArguments& arguments);

}  // namespace churnstream
