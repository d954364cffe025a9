#include "train/class_metrics.h"

#include <cmath>

#include "base/result.h"

namespace churnstream {
namespace {

constexpr double kLogLossEps = 1e-15;  // Spark's default

double ratio(std::int64_t part, std::int64_t whole) {
  return whole == 0 ? 0 : static_cast<double>(part) / static_cast<double>(whole);
}

LabelMetrics metrics_of_label(const ClassMetrics& all, std::size_t label) {
  std::int64_t num_truth = 0, num_predicted = 0;
  for (std::size_t other = 0; other < all.confusion.size(); ++other) {
    num_truth += all.confusion[label][other];
    num_predicted += all.confusion[other][label];
  }
  const std::int64_t hits = all.confusion[label][label];
  LabelMetrics metrics;
  metrics.num_rows = num_truth;
  metrics.precision = ratio(hits, num_predicted);
  metrics.recall = ratio(hits, num_truth);
  metrics.false_positive_rate = ratio(num_predicted - hits, all.num_rows - num_truth);
  const double sum = metrics.precision + metrics.recall;
  if (sum != 0) metrics.f_measure = 2.0 * (metrics.precision * metrics.recall) / sum;
  return metrics;
}

}  // namespace

ClassMetrics class_metrics(std::span<const std::uint32_t> predictions, std::span<const std::uint32_t> labels,
                           std::span<const double> probabilities, std::size_t num_classes) {
  insist(!labels.empty() && predictions.size() == labels.size(), "every prediction has its truth");
  ClassMetrics metrics;
  metrics.num_rows = static_cast<std::int64_t>(labels.size());
  metrics.confusion.assign(num_classes, std::vector<std::int64_t>(num_classes, 0));
  std::int64_t hits = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    ++metrics.confusion[labels[row]][predictions[row]];
    hits += labels[row] == predictions[row];
  }
  const auto total = static_cast<double>(metrics.num_rows);
  metrics.accuracy = static_cast<double>(hits) / total;
  metrics.hamming_loss = static_cast<double>(metrics.num_rows - hits) / total;
  metrics.log_loss = log_loss(labels, probabilities, num_classes);
  for (std::size_t label = 0; label < num_classes; ++label) {
    const LabelMetrics of_label = metrics_of_label(metrics, label);
    const auto rows = static_cast<double>(of_label.num_rows);
    metrics.f1 += of_label.f_measure * rows / total;
    metrics.weighted_precision += of_label.precision * rows / total;
    metrics.weighted_recall += of_label.recall * rows / total;
    metrics.weighted_false_positive_rate += of_label.false_positive_rate * rows / total;
    metrics.by_label.push_back(of_label);
  }
  return metrics;
}

double log_loss(std::span<const std::uint32_t> labels, std::span<const double> probabilities,
                std::size_t num_classes) {
  insist(!labels.empty() && probabilities.size() == labels.size() * num_classes,
         "every row has probabilities");
  double sum = 0;
  for (std::size_t row = 0; row < labels.size(); ++row) {
    const double p = probabilities[row * num_classes + labels[row]];
    sum += p < kLogLossEps       ? -std::log(kLogLossEps)
           : p > 1 - kLogLossEps ? -std::log1p(-kLogLossEps)
                                 : -std::log(p);
  }
  return sum / static_cast<double>(labels.size());
}

}  // namespace churnstream
