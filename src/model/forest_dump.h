// Reads the text dump of a forest that real Spark wrote (tests/spark/README.md), for tests.
#pragma once

#include <cstdlib>
#include <memory>
#include <sstream>
#include <string>
#include <vector>

#include "base/file.h"
#include "model/pipeline_model.h"
#include "model/tree.h"

namespace churnstream {

// The trees of the dump, checked. An error names the line.
inline Result<std::vector<Tree>> read_forest_dump(const Path& file, std::size_t num_features) {
  CHURNSTREAM_TRY_ASSIGN(const std::string text, read_file(file));
  std::istringstream lines(text);
  std::vector<Tree> trees;
  const auto numbers = [](const std::string& list) {
    std::vector<double> values;
    std::istringstream items(list);
    for (std::string item; list != "-" && std::getline(items, item, ';');)
      values.push_back(std::strtod(item.c_str(), nullptr));
    return values;
  };
  for (std::string line; std::getline(lines, line);) {
    if (line.empty() || line[0] == '#') continue;
    std::istringstream fields(line);
    std::size_t tree_index = 0, id = 0;
    std::string prediction, impurity, stats, gain, values;
    std::int64_t raw_count = 0;
    std::int32_t left = 0, right = 0, feature = 0, num_categories = 0;
    fields >> tree_index >> id >> prediction >> impurity >> stats >> raw_count >> gain >> left >> right >>
        feature >> values >> num_categories;
    if (tree_index == trees.size()) trees.emplace_back();
    if (!fields || tree_index + 1 != trees.size() || id != trees.back().num_nodes())
      return wrong("reading", file.string(), "this line is no node: " + line);
    Tree& tree = trees.back();
    tree.feature.push_back(feature);
    tree.left.push_back(left);
    tree.right.push_back(right);
    const std::vector<double> split = numbers(values);
    if (left < 0)
      tree.split.emplace_back();
    else if (num_categories < 0)
      tree.split.push_back({.num_categories = -1, .threshold = split.at(0)});
    else
      tree.split.push_back({.num_categories = num_categories, .left_categories = split});
    const std::vector<double> counts = numbers(stats);
    tree.num_stats = counts.size();
    tree.stats.insert(tree.stats.end(), counts.begin(), counts.end());
    tree.raw_count.push_back(raw_count);
    tree.prediction.push_back(std::strtod(prediction.c_str(), nullptr));
    tree.impurity.push_back(std::strtod(impurity.c_str(), nullptr));
    tree.gain.push_back(std::strtod(gain.c_str(), nullptr));
  }
  for (Tree& tree : trees) {
    CHURNSTREAM_TRY_ASSIGN(tree, Tree::make(std::move(tree), num_features));
  }
  return trees;
}

// Where a test that wants the original's shipped model finds it: CHURNSTREAM_ORIGIN_MODEL, else beside the
// repository. Empty when it is in neither place.
inline Path origin_model_path() {
  const char* named = std::getenv("CHURNSTREAM_ORIGIN_MODEL");
  const Path path =
      named != nullptr ? Path(named) : Path(CHURNSTREAM_SOURCE_DIR) / "../shared/models/random_forest_model";
  return std::filesystem::exists(path) ? path : Path();
}

// The dump as a bare forest, named as the shipped one is. Needs: the dump is a forest of 19 features and two
// classes.
inline std::shared_ptr<const PipelineModel> bare_forest_of_dump(const Path& file) {
  Forest forest;
  forest.uid = "RandomForestClassifier_8ac89e888192";
  forest.num_features = 19;
  forest.num_classes = 2;
  forest.trees = read_forest_dump(file, 19).value();
  for (std::size_t tree = 0; tree < forest.trees.size(); ++tree)
    forest.tree_uids.push_back("dtc_" + std::to_string(tree));
  const std::string uid = forest.uid;
  return std::make_shared<const PipelineModel>(uid, std::vector<std::shared_ptr<const FeatureStage>>(),
                                               Forest::make(std::move(forest)).value(), "features",
                                               std::nullopt);
}

}  // namespace churnstream
