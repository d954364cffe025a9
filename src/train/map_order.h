// The order in which Scala walks over a map from tree index to nodes. Spark's trees draw their feature
// subsets in that order, so a forest equal to Spark's needs it.
//
// Source: scala.collection.mutable.HashMap and scala.collection.immutable.HashMap of 2.12 and 2.13.
#pragma once

#include <cstdint>
#include <vector>

#include "train/forest_params.h"

namespace churnstream {

// The keys in Scala's order. Needs: keys are distinct, in the order in which they were inserted.
std::vector<std::uint32_t> in_map_order(std::vector<std::uint32_t> keys, MapOrder order);

}  // namespace churnstream
