// What a forest is trained with: Spark's params of RandomForestClassifier and DecisionTreeClassifier under
// Spark's names and defaults. A plain value.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "model/forest.h"

namespace churnstream {

enum class Impurity { gini, entropy };

// Which Scala Spark's walk over its maps is that of: it decides in what order nodes draw their features.
enum class MapOrder { scala_2_12, scala_2_13 };  // Spark 3.x; Spark 4.x

struct ForestParams {
  PredictorKind kind = PredictorKind::random_forest_classifier;
  std::int64_t num_trees = 20;  // 1 for a decision tree
  std::int64_t max_depth = 5;   // 0 to 30
  std::int64_t max_bins = 32;
  std::int64_t min_instances_per_node = 1;
  double min_weight_fraction_per_node = 0;
  double min_info_gain = 0;
  Impurity impurity = Impurity::gini;
  std::string feature_subset_strategy = "auto";  // auto, all, sqrt, log2, onethird, a count or a share
  double subsampling_rate = 1;
  bool bootstrap = true;
  std::int64_t seed = 0;
  std::vector<double> thresholds;    // kept with the model; does not change the training
  std::int64_t max_memory_mb = 256;  // bounds how many nodes are searched in one round, as in Spark
  // Ours: false keeps leaves that predict alike but with other probabilities. Spark before 4.3 always prunes.
  bool prune_tree = true;
  MapOrder map_order = MapOrder::scala_2_12;

  // Wrong when a value is outside the range Spark gives it.
  Result<void> check() const;
};

// How many of `num_features` features each node looks at ("1" is a count, "1.0" a share). Wrong when the
// strategy is none.
Result<std::uint32_t> features_per_node(const std::string& strategy, std::int64_t num_trees,
                                        std::size_t num_features);

}  // namespace churnstream
