#include "train/churn_metrics.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

#include "base/result.h"

namespace churnstream {
namespace {

constexpr std::size_t kCalibrationBins = 10;

// Row numbers by falling probability; equal ones keep their order.
std::vector<std::size_t> rows_by_risk(std::span<const double> probabilities) {
  std::vector<std::size_t> rows(probabilities.size());
  std::iota(rows.begin(), rows.end(), std::size_t{0});
  std::stable_sort(rows.begin(), rows.end(),
                   [&](std::size_t a, std::size_t b) { return probabilities[a] > probabilities[b]; });
  return rows;
}

double logit(double probability) {
  const double kept = std::clamp(probability, 1e-15, 1 - 1e-15);
  return std::log(kept / (1 - kept));
}

}  // namespace

double brier_score(std::span<const double> probabilities, std::span<const std::uint8_t> has_left) {
  insist(!has_left.empty() && probabilities.size() == has_left.size(), "every probability has its outcome");
  double sum = 0;
  for (std::size_t row = 0; row < has_left.size(); ++row) {
    const double distance = probabilities[row] - has_left[row];
    sum += distance * distance;
  }
  return sum / static_cast<double>(has_left.size());
}

double calibration_error(std::span<const double> probabilities, std::span<const std::uint8_t> has_left) {
  insist(!has_left.empty() && probabilities.size() == has_left.size(), "every probability has its outcome");
  const std::vector<std::size_t> rows = rows_by_risk(probabilities);
  double error = 0;
  for (std::size_t bin = 0; bin < kCalibrationBins; ++bin) {
    double difference = 0;
    for (std::size_t i = bin * rows.size() / kCalibrationBins; i < (bin + 1) * rows.size() / kCalibrationBins;
         ++i)
      difference += probabilities[rows[i]] - has_left[rows[i]];
    error += std::abs(difference);
  }
  return error / static_cast<double>(rows.size());
}

double lift_at(double share, std::span<const double> probabilities, std::span<const std::uint8_t> has_left) {
  insist(!has_left.empty() && probabilities.size() == has_left.size(), "every probability has its outcome");
  const auto all = static_cast<double>(has_left.size());
  const double base_rate = std::accumulate(has_left.begin(), has_left.end(), 0.0) / all;
  if (base_rate == 0) return 0;
  // 0.1 x 7,030 is 703 and a hair more: the hair is no customer.
  const auto first = static_cast<std::size_t>(std::max(1.0, std::ceil(share * all - 1e-9)));
  const std::vector<std::size_t> rows = rows_by_risk(probabilities);
  double left = 0;
  for (std::size_t i = 0; i < first; ++i) left += has_left[rows[i]];
  return left / static_cast<double>(first) / base_rate;
}

CalibrationLine calibration_line(std::span<const double> probabilities,
                                 std::span<const std::uint8_t> has_left) {
  insist(!has_left.empty() && probabilities.size() == has_left.size(), "every probability has its outcome");
  constexpr CalibrationLine kNone{std::numeric_limits<double>::quiet_NaN(),
                                  std::numeric_limits<double>::quiet_NaN()};
  CalibrationLine line{1, 0};
  for (int step = 0; step < 50; ++step) {  // Newton's method: a handful of steps where there is an answer
    double g_slope = 0, g_intercept = 0, h_slope = 0, h_both = 0, h_intercept = 0;
    for (std::size_t row = 0; row < has_left.size(); ++row) {
      const double x = logit(probabilities[row]);
      const double p = 1 / (1 + std::exp(-(line.slope * x + line.intercept)));
      g_slope += (has_left[row] - p) * x;
      g_intercept += has_left[row] - p;
      h_slope += p * (1 - p) * x * x;
      h_both += p * (1 - p) * x;
      h_intercept += p * (1 - p);
    }
    const double determinant = h_slope * h_intercept - h_both * h_both;
    if (!(determinant > 1e-12)) return kNone;
    const double d_slope = (h_intercept * g_slope - h_both * g_intercept) / determinant;
    const double d_intercept = (h_slope * g_intercept - h_both * g_slope) / determinant;
    line.slope += d_slope;
    line.intercept += d_intercept;
    if (std::abs(d_slope) + std::abs(d_intercept) < 1e-10) return line;
  }
  return kNone;
}

ValueAtRisk value_at_risk(std::span<const double> probabilities, std::span<const std::uint8_t> has_left,
                          std::span<const double> values) {
  insist(probabilities.size() == has_left.size() && values.size() == has_left.size(),
         "every row has a value");
  ValueAtRisk risk;
  double variance = 0;
  for (std::size_t row = 0; row < values.size(); ++row) {
    const double p = probabilities[row], value = values[row];
    risk.expected += p * value;
    variance += p * (1 - p) * value * value;
    if (has_left[row] != 0) risk.actual += value;
  }
  risk.standard_deviation = std::sqrt(variance);
  return risk;
}

std::vector<std::int64_t> score_histogram(std::span<const double> probabilities, std::size_t num_bins) {
  std::vector<std::int64_t> bins(num_bins, 0);
  for (const double p : probabilities)
    ++bins[std::min(static_cast<std::size_t>(p * static_cast<double>(num_bins)), num_bins - 1)];
  return bins;
}

}  // namespace churnstream
