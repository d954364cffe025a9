// Spark's BinaryClassificationEvaluator: how well scores put the positive rows in front. Pure functions.
//
// Source: org.apache.spark.mllib.evaluation.BinaryClassificationMetrics.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace churnstream {

// Rows with one score, or with neighbouring scores merged; groups come with falling scores.
struct ScoreGroup {
  double score = 0;  // the lowest of the group
  std::int64_t positives = 0;
  std::int64_t negatives = 0;
};

// With num_bins > 0 and at least twice as many distinct scores, runs of neighbours are merged as Spark does,
// so that about num_bins groups remain; 0 is exact. Needs: scores.size() == is_positive.size(), no NaN.
std::vector<ScoreGroup> groups_by_score(std::span<const double> scores,
                                        std::span<const std::uint8_t> is_positive, std::size_t num_bins);

constexpr std::size_t kEvaluatorBins = 1'000;  // Spark's default since 3.0

double area_under_roc(const std::vector<ScoreGroup>& groups);
// By trapezoids, as Spark; scikit-learn's average precision is another number.
double area_under_pr(const std::vector<ScoreGroup>& groups);

}  // namespace churnstream
