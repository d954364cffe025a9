// The document of GET /api/v1/outcomes: of customers who are known to have left or stayed, how many were
// given which probability; aggregates alone. Precision, recall and profit of any threshold at a bin's edge
// are sums of it. Pure; any thread.
#pragma once

#include <chrono>
#include <string>

#include "data/history.h"

namespace churnstream {

// What [outcomes] says: when an outcome counts, and what a campaign costs and earns. Plain values.
struct OutcomeTerms {
  std::chrono::microseconds delay{0};
  double customer_value = 200;  // money a customer who is kept is worth
  double offer_cost = 10, contact_cost = 1;
  double acceptance = 0.3;  // the share of those about to leave who stay when they are called
};

// Fewer are nobody's business: they would be told one by one.
constexpr std::uint64_t kOutcomesLeast = 20;

std::string outcomes_json(const OutcomeSpread& spread, const OutcomeTerms& terms);
std::string no_outcomes_json();  // where the run keeps none

}  // namespace churnstream
