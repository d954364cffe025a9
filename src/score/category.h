// Which category a value is, for splits of a categorical feature. Source:
// org.apache.spark.ml.tree.CategoricalSplit.
#pragma once

#include <cstdint>

namespace churnstream {

// `arity` for NaN, fractions and whatever is out of range: no category at all.
inline std::uint32_t category_of(double value, std::int32_t arity) {
  const auto none = static_cast<std::uint32_t>(arity);
  if (!(value >= 0 && value < arity)) return none;
  const auto category = static_cast<std::uint32_t>(value);
  return static_cast<double>(category) == value ? category : none;
}

}  // namespace churnstream
