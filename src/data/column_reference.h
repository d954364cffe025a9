// How the values of a customer's column were spread where the model learned: what drift is measured against.
// Made when a model is fitted, kept with it, then still; safe from many threads.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "data/record_batch.h"

namespace churnstream {

struct ColumnReference {
  std::string name;
  ColumnType type = ColumnType::text;
  // Of numbers the inner deciles, ascending and each once: bin i holds (edges[i - 1], edges[i]], the last one
  // what is larger.
  std::vector<double> edges;
  // Of texts the values, in the order of their bytes: a bin each, and one more for all others.
  std::vector<std::string> values;
  std::vector<std::uint64_t> counts;  // of the bins, then of missing values

  std::size_t num_bins() const;  // that of missing values among them
  std::size_t bin_of(double number) const;
  std::size_t bin_of(std::string_view text) const;
  // Needs: `column` is of our type.
  std::size_t bin_of(const Column& column, std::size_t row) const;
};

// Of all columns but those `without`; a column of texts with more values than a table shows has none.
std::vector<ColumnReference> references_of(const RecordBatch& rows, const std::vector<std::string>& without);

}  // namespace churnstream
