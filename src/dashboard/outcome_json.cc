#include "dashboard/outcome_json.h"

#include <cmath>
#include <nlohmann/json.hpp>

namespace churnstream {
namespace {

using Json = nlohmann::ordered_json;

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

std::uint64_t customers_in(const std::array<OutcomeCount, kOutcomeBins>& bins) {
  std::uint64_t sum = 0;
  for (const OutcomeCount& bin : bins) sum += bin.customers;
  return sum;
}

}  // namespace

std::string outcomes_json(const OutcomeSpread& spread, const OutcomeTerms& terms) {
  const std::uint64_t left = customers_in(spread.left), customers = left + customers_in(spread.stayed);
  const double delay_s = std::chrono::duration<double>(terms.delay).count();
  if (customers < kOutcomesLeast)
    return Json{{"state", "too_few"}, {"least", kOutcomesLeast}, {"delay_s", delay_s}}.dump();
  Json bins = Json::array();
  for (std::size_t bin = 0; bin < kOutcomeBins; ++bin)
    bins.push_back({{"left", spread.left[bin].customers},
                    {"stayed", spread.stayed[bin].customers},
                    {"value_left", number_or_null(spread.left[bin].value)},
                    {"value_stayed", number_or_null(spread.stayed[bin].value)}});
  return Json{{"state", "known"},
              {"customers", customers},
              {"left", left},
              {"delay_s", delay_s},
              {"campaign",
               {{"customer_value", terms.customer_value},
                {"offer_cost", terms.offer_cost},
                {"contact_cost", terms.contact_cost},
                {"acceptance", terms.acceptance}}},
              {"bins", bins}}
      .dump();
}

std::string no_outcomes_json() { return Json{{"state", "off"}}.dump(); }

}  // namespace churnstream
