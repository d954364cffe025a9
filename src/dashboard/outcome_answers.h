// GET /api/v1/outcomes: of customers who are known to have left or stayed, how many were given which
// probability; aggregates alone. Precision, recall and profit of any threshold at a bin's edge are sums of
// it. Called on the store worker's thread, which owns the history; may take its time.
#pragma once

#include <chrono>

#include "base/clock.h"
#include "dashboard/page_request.h"
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

class OutcomeAnswers {
 public:
  // `clock` outlives this.
  OutcomeAnswers(const OutcomeTerms& terms, Clock& clock) : terms_(terms), clock_(clock) {}

  // Takes no parameters. Asks the store only as often as keeps it below a tenth of its time; in between it is
  // the newest answer.
  PageResponse answer(const PageRequest& request, History& history);

 private:
  const OutcomeTerms terms_;
  Clock& clock_;
  std::string newest_;
  std::chrono::nanoseconds ask_again_{};
};

// Where the run keeps no outcomes.
PageResponse answer_without_outcomes(const PageRequest& request);

}  // namespace churnstream
