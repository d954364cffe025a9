// The folds of a repeated, stratified cross-validation: every row is left out once per repeat, and each fold
// holds about the same share of every class. A pure function of labels, counts and seed.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/result.h"

namespace churnstream {

struct Fold {
  std::size_t repeat = 0;
  std::vector<std::size_t> train, test;  // row numbers, ascending
};

// Fold k of repeat r is element r * num_folds + k. Wrong when there are fewer than two folds or more folds
// than rows of the rarest class.
Result<std::vector<Fold>> stratified_folds(std::span<const std::uint32_t> labels, std::size_t num_folds,
                                           std::size_t num_repeats, std::int64_t seed);

}  // namespace churnstream
