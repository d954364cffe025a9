#include "train/random_split.h"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "train/generators.h"

namespace churnstream {
namespace {

// Below, equal or above zero. Spark puts missing before everything and NaN behind it.
int compare_cells(const Column& column, std::size_t a, std::size_t b) {
  if (column.is_missing(a) || column.is_missing(b))
    return int{column.is_missing(b)} - int{column.is_missing(a)};
  if (column.type() == ColumnType::text) return column.text(a).compare(column.text(b));
  const double left = column.number(a), right = column.number(b);
  if (std::isnan(left) || std::isnan(right)) return int{std::isnan(left)} - int{std::isnan(right)};
  return left < right ? -1 : left > right ? 1 : 0;
}

int compare_rows(std::span<const Column* const> columns, std::size_t a, std::size_t b) {
  for (const Column* column : columns)
    if (const int order = compare_cells(*column, a, b); order != 0) return order;
  return 0;
}

}  // namespace

std::vector<std::size_t> rows_sorted_by_all(std::span<const Column* const> columns, std::size_t num_rows) {
  std::vector<std::size_t> rows(num_rows);
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::size_t a, std::size_t b) { return compare_rows(columns, a, b) < 0; });
  return rows;
}

std::vector<std::vector<std::size_t>> random_split(std::span<const Column* const> columns,
                                                   std::size_t num_rows, std::span<const double> weights,
                                                   std::int64_t seed) {
  std::vector<double> ends;
  const double sum = std::accumulate(weights.begin(), weights.end(), 0.0);
  for (const double weight : weights) ends.push_back((ends.empty() ? 0.0 : ends.back()) + weight / sum);
  std::vector<std::vector<std::size_t>> parts(weights.size());
  XorShift random(seed);
  for (const std::size_t row : rows_sorted_by_all(columns, num_rows)) {
    const double drawn = random.next_double();
    const auto part =
        static_cast<std::size_t>(std::upper_bound(ends.begin(), ends.end(), drawn) - ends.begin());
    if (part < parts.size()) parts[part].push_back(row);  // rounding may leave the last bound a hair below 1
  }
  return parts;
}

std::vector<std::size_t> distinct_rows(std::span<const Column* const> columns, std::size_t num_rows) {
  const std::vector<std::size_t> sorted = rows_sorted_by_all(columns, num_rows);
  std::vector<std::size_t> distinct;
  for (std::size_t i = 0; i < sorted.size(); ++i)
    if (i == 0 || compare_rows(columns, sorted[i - 1], sorted[i]) != 0) distinct.push_back(sorted[i]);
  std::sort(distinct.begin(), distinct.end());
  return distinct;
}

}  // namespace churnstream
