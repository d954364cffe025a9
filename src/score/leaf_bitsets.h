// A forest as tables of bits: one bit for each leaf of each tree. A feature's value falls into a bin between
// the thresholds that the forest asks of it, or is its category; a leaf's bit is set for the bins that may
// reach it. The bits left when those of all features are taken together are one leaf of every tree: exactly
// one, since the boxes of a tree's leaves neither overlap nor leave a gap.
//
// Features with few bins share a digit: one table row for each combination of their bins, so that fewer rows
// are taken together. Made once per model, then still; any thread.
#pragma once

#include <cstdint>
#include <optional>
#include <vector>

#include "model/forest.h"

namespace churnstream {

struct FeatureBins {
  std::size_t feature = 0;
  std::vector<double> thresholds;  // continuous: ascending; bin i lies above i of them, NaN above all
  std::int32_t arity = 0;          // categorical: bin = category, and one more for whatever is none

  std::size_t count() const {
    return arity > 0 ? static_cast<std::size_t>(arity) + 1 : thresholds.size() + 1;
  }
  std::size_t bin_of(double value) const;
};

struct LeafBitsets {
  struct Part {
    std::size_t bins = 0;  // which of `features`
    std::size_t stride = 1;
  };
  struct Digit {
    std::vector<Part> parts;  // value = sum of bin x stride
    std::size_t num_values = 1;
    std::size_t first_row = 0;  // of the table
  };
  std::vector<FeatureBins> features;      // those that splits ask for
  std::vector<Digit> digits;              // at least one
  std::size_t num_words = 0;              // of a table row
  std::vector<std::uint64_t> table;       // rows x num_words
  std::vector<std::uint32_t> first_word;  // by tree, and one behind the last
  std::vector<double> shares;             // num_words x 64 x classes, by the leaf's bit

  // Nothing where the tables would be too large to pay (over 1 MiB, a tree of more than 256 leaves), or one
  // feature is asked in two ways.
  static std::optional<LeafBitsets> make(const Forest& forest);
};

}  // namespace churnstream
