// Trains a random forest or a decision tree as Spark does, bit for bit: same rows in the same order, same
// params, same forest. The one door of this room to learning.
#pragma once

#include "base/result.h"
#include "model/forest.h"
#include "train/forest_params.h"
#include "train/grower.h"
#include "train/training_set.h"

namespace churnstream {

struct TrainerOptions {
  std::size_t threads = 1;  // never changes the result
  // Params the user set, under Spark's names, as they go into the model's metadata beside the defaults of
  // Spark 3.0. What no Spark knows (pruneTree before 4.3) must not be in it.
  nlohmann::json params_set = nlohmann::json::object();
  GrowthWatcher watcher;
};

// Wrong when the params or the set break Spark's rules. The uids come from the seed alone.
Result<Forest> train_forest(const TrainingSet& set, const ForestParams& params,
                            const TrainerOptions& options = {});

// The defaults of the params of RandomForestClassifier (kind) or DecisionTreeClassifier in Spark 3.0, those
// without a default left out. `seed` is the class's own default seed.
nlohmann::json spark_defaults(PredictorKind kind);

}  // namespace churnstream
