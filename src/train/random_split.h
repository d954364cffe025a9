// Spark's DataFrame.randomSplit for data in one partition: a pure function of the rows' values, the weights
// and the seed, whatever order the rows come in.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "data/record_batch.h"

namespace churnstream {

// The row numbers of each part, in the order Spark gives them: sorted by all columns in their order, missing
// ones first, text by its UTF-8 bytes. Needs: each column holds num_rows cells; weights are positive.
std::vector<std::vector<std::size_t>> random_split(std::span<const Column* const> columns,
                                                   std::size_t num_rows, std::span<const double> weights,
                                                   std::int64_t seed);

// All rows in the order that random_split sorts them by; equal rows keep their order.
std::vector<std::size_t> rows_sorted_by_all(std::span<const Column* const> columns, std::size_t num_rows);

// The rows whose cells in some column differ from those of every row before them, ascending.
std::vector<std::size_t> distinct_rows(std::span<const Column* const> columns, std::size_t num_rows);

}  // namespace churnstream
