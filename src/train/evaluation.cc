#include "train/evaluation.h"

#include <algorithm>
#include <cmath>

#include "train/binary_metrics.h"

namespace churnstream {

void ScoredRows::append(const ScoredRows& more) {
  num_classes = more.num_classes;
  labels.insert(labels.end(), more.labels.begin(), more.labels.end());
  predictions.insert(predictions.end(), more.predictions.begin(), more.predictions.end());
  raw.insert(raw.end(), more.raw.begin(), more.raw.end());
  probabilities.insert(probabilities.end(), more.probabilities.begin(), more.probabilities.end());
  values.insert(values.end(), more.values.begin(), more.values.end());
}

std::vector<double> positive_probabilities(const ScoredRows& rows, std::size_t positive_class) {
  std::vector<double> probabilities;
  probabilities.reserve(rows.labels.size());
  for (std::size_t row = 0; row < rows.labels.size(); ++row)
    probabilities.push_back(rows.probabilities[row * rows.num_classes + positive_class]);
  return probabilities;
}

std::vector<std::uint8_t> positive_truth(const ScoredRows& rows, std::size_t positive_class) {
  std::vector<std::uint8_t> truth;
  truth.reserve(rows.labels.size());
  for (const std::uint32_t label : rows.labels) truth.push_back(label == positive_class);
  return truth;
}

Evaluation evaluate(const ScoredRows& rows, std::size_t positive_class) {
  Evaluation result;
  result.classes = class_metrics(rows.predictions, rows.labels, rows.probabilities, rows.num_classes);
  const std::vector<std::uint8_t> truth = positive_truth(rows, positive_class);
  const std::vector<double> probabilities = positive_probabilities(rows, positive_class);
  if (rows.num_classes == 2) {
    std::vector<double> votes;
    for (std::size_t row = 0; row < rows.labels.size(); ++row) votes.push_back(rows.raw[row * 2 + 1]);
    const std::vector<ScoreGroup> groups = groups_by_score(votes, positive_truth(rows, 1), kEvaluatorBins);
    result.area_under_roc = area_under_roc(groups);
    result.area_under_pr = area_under_pr(groups);
  }
  result.brier = brier_score(probabilities, truth);
  result.ece = calibration_error(probabilities, truth);
  result.lift_10 = lift_at(0.1, probabilities, truth);
  result.calibration = calibration_line(probabilities, truth);
  const auto num_left = std::count(truth.begin(), truth.end(), 1);
  if (num_left > 0 && num_left < static_cast<std::ptrdiff_t>(truth.size())) {
    result.profit = campaign_profit(probabilities, truth);
    result.profit_without_scores =
        campaign_profit(std::vector<double>(truth.size(), 0.5), truth).expected_maximum;
    result.profit_of_perfect_scores =
        campaign_profit(std::vector<double>(truth.begin(), truth.end()), truth).expected_maximum;
  }
  const auto is_known = [](double value) { return std::isfinite(value); };
  if (!rows.values.empty() && std::all_of(rows.values.begin(), rows.values.end(), is_known))
    result.money = value_at_risk(probabilities, truth, rows.values);
  return result;
}

}  // namespace churnstream
