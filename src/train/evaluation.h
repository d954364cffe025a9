// Everything there is to say about the answers of a model on rows whose truth is known. A plain value.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "train/campaign_profit.h"
#include "train/churn_metrics.h"
#include "train/class_metrics.h"

namespace churnstream {

// Answers and truth, row by row.
struct ScoredRows {
  std::size_t num_classes = 0;
  std::vector<std::uint32_t> labels;
  std::vector<std::uint32_t> predictions;
  std::vector<double> raw, probabilities;  // num_rows x num_classes
  std::vector<double> values;              // money per row, NaN where unknown; empty without

  void append(const ScoredRows& more);
};

struct Evaluation {
  ClassMetrics classes;
  // Of class 1 against class 0 by raw votes, as Spark's evaluator takes them; two classes only.
  std::optional<double> area_under_roc, area_under_pr;
  // Of the positive class against all others, by its probability.
  double brier = 0, ece = 0, lift_10 = 0;
  CalibrationLine calibration;
  // Where some left and some stayed; beside it the best campaign that knows nothing (it contacts nobody or
  // everybody) and one that knows everything.
  std::optional<CampaignProfit> profit;
  double profit_without_scores = 0, profit_of_perfect_scores = 0;
  std::optional<ValueAtRisk> money;  // where values are known
};

// Needs: at least one row; positive_class < num_classes.
Evaluation evaluate(const ScoredRows& rows, std::size_t positive_class);

// The probability of the positive class, row by row; and whether it is the truth.
std::vector<double> positive_probabilities(const ScoredRows& rows, std::size_t positive_class);
std::vector<std::uint8_t> positive_truth(const ScoredRows& rows, std::size_t positive_class);

}  // namespace churnstream
