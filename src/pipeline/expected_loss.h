// What a customer's leaving would cost per month: probability x the value column. One way for the stream and
// for rows that are scored on request. Any thread.
#pragma once

#include <limits>

#include "data/scored_batch.h"

namespace churnstream {

constexpr std::size_t kNoValueColumn = static_cast<std::size_t>(-1);

// The place of the money column in the rows; kNoValueColumn where there is none or it holds text.
inline std::size_t find_value_column(const Schema& schema, const std::string& name) {
  const auto column = schema.find(name);
  return column && schema[*column].type == ColumnType::number ? *column : kNoValueColumn;
}

// Fills scored.expected_loss; NaN where nothing is known. Needs: the rows are scored.
inline void add_expected_loss(ScoredBatch& scored, std::size_t value_column) {
  scored.expected_loss.resize(scored.num_rows());
  for (std::size_t row = 0; row < scored.num_rows(); ++row)
    scored.expected_loss[row] = value_column == kNoValueColumn
                                    ? std::numeric_limits<double>::quiet_NaN()
                                    : scored.probability(row) * scored.rows.column(value_column).number(row);
}

}  // namespace churnstream
