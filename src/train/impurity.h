// How mixed a node is, in Spark's order of operations: gini or entropy of class counts. Innermost code of the
// split search; no state.
//
// Source: org.apache.spark.mllib.tree.impurity.{Gini, Entropy}.
#pragma once

#include <cmath>
#include <cstddef>

#include "train/forest_params.h"

namespace churnstream {

// Weighted rows of all classes, added in class order.
inline double sum_of(const double* counts, std::size_t num_classes) {
  double total = 0;
  for (std::size_t c = 0; c < num_classes; ++c) total += counts[c];
  return total;
}

inline double gini(const double* counts, std::size_t num_classes, double total) {
  if (total == 0) return 0;
  double impurity = 1;
  for (std::size_t c = 0; c < num_classes; ++c) {
    const double share = counts[c] / total;
    impurity -= share * share;
  }
  return impurity;
}

inline double entropy(const double* counts, std::size_t num_classes, double total) {
  if (total == 0) return 0;
  double impurity = 0;
  for (std::size_t c = 0; c < num_classes; ++c) {
    if (counts[c] == 0) continue;
    const double share = counts[c] / total;
    impurity -= share * (std::log(share) / std::log(2.0));
  }
  return impurity;
}

inline double impurity_of(Impurity kind, const double* counts, std::size_t num_classes, double total) {
  return kind == Impurity::gini ? gini(counts, num_classes, total) : entropy(counts, num_classes, total);
}

// The class with the largest count; the lowest index among equals.
inline std::size_t class_of(const double* counts, std::size_t num_classes) {
  std::size_t best = 0;
  for (std::size_t c = 1; c < num_classes; ++c)
    if (counts[c] > counts[best]) best = c;
  return best;
}

}  // namespace churnstream
