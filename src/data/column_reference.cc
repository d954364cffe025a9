#include "data/column_reference.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <optional>

namespace churnstream {
namespace {

constexpr std::size_t kValuesMax = 50;  // more of them are ids or free text, which always drift
constexpr int kBins = 10;

// The inner deciles, between neighbours in proportion, as NumPy and R (type 7) have them.
std::vector<double> deciles_of(std::vector<double> numbers) {
  std::vector<double> edges;
  std::sort(numbers.begin(), numbers.end());
  for (int decile = 1; decile < kBins && !numbers.empty(); ++decile) {
    const double place = static_cast<double>(numbers.size() - 1) * decile / kBins;
    const auto below = static_cast<std::size_t>(place);
    const std::size_t above = std::min(below + 1, numbers.size() - 1);
    const double edge =
        numbers[below] + (place - static_cast<double>(below)) * (numbers[above] - numbers[below]);
    if (edges.empty() || edge > edges.back()) edges.push_back(edge);
  }
  return edges;
}

std::optional<ColumnReference> reference_of(const std::string& name, const Column& column) {
  ColumnReference reference{.name = name, .type = column.type()};
  if (column.type() == ColumnType::number) {
    std::vector<double> numbers;
    for (std::size_t row = 0; row < column.size(); ++row)
      if (!column.is_missing(row) && std::isfinite(column.number(row))) numbers.push_back(column.number(row));
    reference.edges = deciles_of(std::move(numbers));
  } else {
    std::map<std::string_view, std::uint64_t> values;
    for (std::size_t row = 0; row < column.size() && values.size() <= kValuesMax; ++row)
      if (!column.is_missing(row)) ++values[column.text(row)];
    if (values.size() > kValuesMax) return std::nullopt;
    for (const auto& [value, count] : values) reference.values.emplace_back(value);
  }
  reference.counts.assign(reference.num_bins(), 0);
  for (std::size_t row = 0; row < column.size(); ++row) ++reference.counts[reference.bin_of(column, row)];
  return reference;
}

}  // namespace

std::size_t ColumnReference::num_bins() const {
  return (type == ColumnType::number ? edges.size() : values.size()) + 2;
}

std::size_t ColumnReference::bin_of(double number) const {
  if (std::isnan(number)) return num_bins() - 1;
  return static_cast<std::size_t>(std::lower_bound(edges.begin(), edges.end(), number) - edges.begin());
}

std::size_t ColumnReference::bin_of(std::string_view text) const {
  const auto place = std::lower_bound(values.begin(), values.end(), text);
  const bool is_known = place != values.end() && *place == text;
  return is_known ? static_cast<std::size_t>(place - values.begin()) : values.size();
}

std::size_t ColumnReference::bin_of(const Column& column, std::size_t row) const {
  if (column.is_missing(row)) return num_bins() - 1;
  return type == ColumnType::number ? bin_of(column.number(row)) : bin_of(column.text(row));
}

std::vector<ColumnReference> references_of(const RecordBatch& rows, const std::vector<std::string>& without) {
  std::vector<ColumnReference> references;
  for (std::size_t index = 0; index < rows.schema().size(); ++index) {
    const std::string& name = rows.schema()[index].name;
    if (std::find(without.begin(), without.end(), name) != without.end()) continue;
    if (auto reference = reference_of(name, rows.column(index))) references.push_back(*std::move(reference));
  }
  return references;
}

}  // namespace churnstream
