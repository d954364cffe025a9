// Spark's MulticlassClassificationEvaluator: how often the predicted class is right, in all its forms. A
// plain value made by one function.
//
// Source: org.apache.spark.mllib.evaluation.MulticlassMetrics.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace churnstream {

struct LabelMetrics {
  std::int64_t num_rows = 0;  // whose truth is this class
  double precision = 0, recall = 0, f_measure = 0, false_positive_rate = 0;
};

struct ClassMetrics {
  std::int64_t num_rows = 0;
  std::vector<std::vector<std::int64_t>> confusion;  // [truth][prediction]
  double accuracy = 0, hamming_loss = 0, log_loss = 0;
  double f1 = 0;  // weighted by the classes' rows, Spark's default metric
  double weighted_precision = 0, weighted_recall = 0, weighted_false_positive_rate = 0;
  std::vector<LabelMetrics> by_label;
};

// `probabilities`: num_rows x num_classes, row after row. Needs: equal numbers of rows, at least one; every
// class below num_classes.
ClassMetrics class_metrics(std::span<const std::uint32_t> predictions, std::span<const std::uint32_t> labels,
                           std::span<const double> probabilities, std::size_t num_classes);

// Minus the mean logarithm of the probability of the true class, kept 1e-15 away from 0 and 1 as Spark does.
double log_loss(std::span<const std::uint32_t> labels, std::span<const double> probabilities,
                std::size_t num_classes);

}  // namespace churnstream
