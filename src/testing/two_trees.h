// The little model of examples/two_trees: two trees over a contract and a tenure, small enough to score by
// hand. Scenes and tests use it; two_trees_test.cc compares the committed directory with it.
//
//   contract "month" and tenure <= 12: 0.75    contract "month" and tenure > 12: 0.5
//   contract "year"  and tenure <= 12: 0.375   contract "year"  and tenure > 12: 0.125
//
// `handle_invalid` is what becomes of a contract nobody has seen: "keep" scores it as a category of its own
// (the tree sends it where "year" goes), "error" refuses the row.
#pragma once

#include <memory>
#include <utility>
#include <vector>

#include "base/result.h"
#include "feature/imputer.h"
#include "feature/string_indexer.h"
#include "feature/vector_assembler.h"
#include "model/pipeline_model.h"

namespace churnstream {
namespace two_trees {

// One split, two leaves; `left_yes` and `right_yes` of 8 training rows each left.
inline Tree stump(std::int32_t feature, Split split, double left_yes, double right_yes) {
  Tree tree;
  tree.feature = {feature, -1, -1};
  tree.left = {1, -1, -1};
  tree.right = {2, -1, -1};
  tree.split = {std::move(split), {}, {}};
  tree.num_stats = 2;
  const double yes = left_yes + right_yes;
  tree.stats = {16 - yes, yes, 8 - left_yes, left_yes, 8 - right_yes, right_yes};
  tree.raw_count = {16, 8, 8};
  const auto gini = [](double count, double of) {
    return 1 - (count * count + (of - count) * (of - count)) / (of * of);
  };
  tree.impurity = {gini(yes, 16), gini(left_yes, 8), gini(right_yes, 8)};
  tree.prediction = {yes > 8 ? 1.0 : 0.0, left_yes > 4 ? 1.0 : 0.0, right_yes > 4 ? 1.0 : 0.0};
  tree.gain = {tree.impurity[0] - (tree.impurity[1] + tree.impurity[2]) / 2, -1, -1};
  return tree;
}

inline Result<Forest> two_stumps(std::int32_t contract_arity) {
  Forest forest;
  forest.uid = "RandomForestClassifier_two_trees";
  forest.num_features = 2;
  forest.num_classes = 2;
  forest.params.set = {{"numTrees", 2}, {"maxDepth", 1}, {"seed", 42}, {"labelCol", "label"}};
  // The first tree: month-to-month goes left, 6 of 8 left. The second: short tenure goes left, 6 of 8 left.
  CHURNSTREAM_TRY_ASSIGN(
      Tree by_contract,
      Tree::make(stump(0, {.num_categories = contract_arity, .left_categories = {0}}, 6, 0), 2));
  CHURNSTREAM_TRY_ASSIGN(Tree by_tenure,
                         Tree::make(stump(1, {.num_categories = -1, .threshold = 12}, 6, 2), 2));
  forest.trees = {std::move(by_contract), std::move(by_tenure)};
  forest.tree_uids = {"dtc_two_trees_0", "dtc_two_trees_1"};
  return Forest::make(std::move(forest));
}

inline ModelNotes notes() {
  ModelNotes notes;
  notes.raw = *Schema::make({{"customer", ColumnType::text},
                             {"contract", ColumnType::text},
                             {"tenure", ColumnType::number},
                             {"charges", ColumnType::number}});
  notes.key = "customer";
  notes.label = "left";
  notes.positive = "Yes";
  notes.class_labels = {"No", "Yes"};
  return notes;
}

}  // namespace two_trees

inline Result<std::shared_ptr<const PipelineModel>> make_two_trees(HandleInvalid handle_invalid) {
  ParamMaps params;
  set_stage_columns(params, {{"contract"}, {"contract_index"}});
  params.set["handleInvalid"] = name_of(handle_invalid);
  CHURNSTREAM_TRY_ASSIGN(auto indexer,
                         StringIndexerModel::make("StringIndexer_two_trees", params, {{"month", "year"}}));
  CHURNSTREAM_TRY_ASSIGN(
      auto imputer,
      fixed_imputer({.columns = {{"tenure"}, {"tenure_filled"}}, .uid = "Imputer_two_trees"}, {0.0}));
  CHURNSTREAM_TRY_ASSIGN(auto assembler,
                         make_vector_assembler({.input_columns = {"contract_index", "tenure_filled"},
                                                .uid = "VectorAssembler_two_trees"}));
  CHURNSTREAM_TRY_ASSIGN(Forest forest, two_trees::two_stumps(handle_invalid == HandleInvalid::keep ? 3 : 2));
  return std::make_shared<const PipelineModel>(
      "Pipeline_two_trees", std::vector<std::shared_ptr<const FeatureStage>>{indexer, imputer, assembler},
      std::move(forest), "features", two_trees::notes());
}

}  // namespace churnstream
