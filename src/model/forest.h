// A forest classifier or a single decision tree classifier: what was learned, as plain immutable data.
#pragma once

#include <string>
#include <vector>

#include "feature/param_maps.h"
#include "model/tree.h"

namespace churnstream {

enum class PredictorKind { random_forest_classifier, decision_tree_classifier };

struct Forest {
  PredictorKind kind = PredictorKind::random_forest_classifier;
  std::string uid;
  ParamMaps params;
  std::size_t num_features = 0;
  std::size_t num_classes = 0;
  std::vector<Tree> trees;  // one for a decision tree
  std::vector<std::string> tree_uids;
  std::vector<double> thresholds;  // Spark's `thresholds` param, else empty

  // Of org.apache.spark.ml.classification.*; the directory's class.
  const char* class_name() const;
  std::size_t num_nodes() const;
  // Gini importances normalised to one as Spark does (per tree, then over the trees). Length num_features.
  // Source: org.apache.spark.ml.tree.TreeEnsembleModel.featureImportances.
  std::vector<double> feature_importances() const;
};

}  // namespace churnstream
