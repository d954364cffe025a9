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

  // A forest whose parts fit together; the message says what does not. Trees come from Tree::make(). Every
  // forest that is saved or loaded went through here.
  static Result<Forest> make(Forest forest);

  // Of org.apache.spark.ml.classification.*; the directory's class.
  const char* class_name() const;
  // The params of that class; params with `thresholds` among them, as they are saved.
  const ParamList& param_list() const;
  ParamMaps saved_params() const;
  // The name of the column that it reads, "features" by default.
  std::string features_column() const;
  // Class, effective params and every node, in a fixed order; without uids.
  void add_to_fingerprint(Sha256& hash) const;
  std::size_t num_nodes() const;
  // Gini importances normalised to one as Spark does (per tree, then over the trees). Length num_features.
  // Source: org.apache.spark.ml.tree.TreeEnsembleModel.featureImportances.
  std::vector<double> feature_importances() const;
};

// The params of a tree inside a forest, and of a decision tree by itself.
const ParamList& tree_param_list();

}  // namespace churnstream
