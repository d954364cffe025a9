// The door to what a store remembers of past scores; the page and the API read through it. A store implements
// it beside its sink, with a connection of its own. One reader thread at a time; every answer is one
// consistent moment.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "data/position.h"

namespace churnstream {

constexpr std::size_t kRiskBins = 20;  // of width 0.05, the last one closed on both sides

// One customer, by its newest event.
struct CustomerScore {
  std::string customer_id;
  double probability = 0;
  std::string prediction;
  std::string risk_band;
  double value = 0;          // money per month; NaN where unknown
  double expected_loss = 0;  // probability x value; NaN where unknown
  EpochMicros event_time_us = 0;
  EpochMicros scored_at_us = 0;
};

// Sums over customers, each once (never over events).
struct RiskSummary {
  std::uint64_t customers = 0;
  std::uint64_t events = 0;  // rows of churn_events
  std::uint64_t flagged = 0;
  double expected_churners = 0;     // sum p
  double expected_churners_sd = 0;  // sqrt(sum p (1 - p)), if customers leave independently given p
  double revenue_at_risk = 0;       // sum p x value per month
  double revenue_at_risk_sd = 0;    // sqrt(sum p (1 - p) value^2)
  double revenue = 0;               // sum of value
  std::map<std::string, std::uint64_t> bands;
  std::array<std::uint64_t, kRiskBins> histogram{};
  std::vector<CustomerScore> at_risk;  // largest expected loss first (else largest probability)
  Checkpoint positions;  // of the store at that same moment: what is summed up here lies before them
};

class History {
 public:
  virtual ~History() = default;
  virtual Result<RiskSummary> summary(std::size_t at_risk_max) = 0;
};

}  // namespace churnstream
