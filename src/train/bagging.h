// Which rows each tree sees and how often. Drawn once for the whole forest, row by row and tree by tree
// inside a row, as Spark draws; then each tree owns its bag.
//
// Source: org.apache.spark.ml.tree.impl.BaggedPoint.
#pragma once

#include <cstdint>
#include <vector>

#include "train/forest_params.h"
#include "train/training_set.h"

namespace churnstream {

// One row in a bag, with what the histogram needs at hand. Rows of a bag are ascending at first; growing
// reorders them node by node, keeping the order inside a node.
struct BagEntry {
  std::uint32_t row = 0;
  std::uint16_t label = 0;
  std::uint16_t count = 0;  // at least 1
};
using Bag = std::vector<BagEntry>;

std::vector<Bag> draw_bags(const TrainingSet& set, const ForestParams& params);

}  // namespace churnstream
