// What a retention team asks of probabilities beyond Spark's evaluators: are they right on average, do the
// first names on the list leave, how much money is at stake. Pure functions.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace churnstream {

// In all of these: `probabilities` of leaving, and whether the customer left. Needs: equally many, at least
// one.

// Mean squared distance between probability and outcome.
double brier_score(std::span<const double> probabilities, std::span<const std::uint8_t> has_left);

// Expected calibration error: customers sorted by probability and cut into ten bins of equal count; the mean
// distance between a bin's mean probability and its churn rate, weighted by the bins' counts.
double calibration_error(std::span<const double> probabilities, std::span<const std::uint8_t> has_left);

// Churn rate among the `share` with the highest probabilities, as a multiple of everybody's. Customers with
// equal probabilities count in their order in the data. 0 when nobody left.
double lift_at(double share, std::span<const double> probabilities, std::span<const std::uint8_t> has_left);

// Logistic regression of the outcome on the logit of the probability. Ideal: slope 1, intercept 0; a slope
// below 1 means the probabilities are too extreme. NaN where there is no finite answer.
struct CalibrationLine {
  double slope = 0;
  double intercept = 0;
};
CalibrationLine calibration_line(std::span<const double> probabilities,
                                 std::span<const std::uint8_t> has_left);

// Money at stake: the sum of probability x value, the spread of that sum if customers leave independently,
// and the values really lost.
struct ValueAtRisk {
  double expected = 0;
  double standard_deviation = 0;
  double actual = 0;
};
ValueAtRisk value_at_risk(std::span<const double> probabilities, std::span<const std::uint8_t> has_left,
                          std::span<const double> values);

// How many probabilities lie in each of `num_bins` equal steps from 0 to 1; 1 counts in the last.
std::vector<std::int64_t> score_histogram(std::span<const double> probabilities, std::size_t num_bins);

}  // namespace churnstream
