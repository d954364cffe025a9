#include "dashboard/outcome_answers.h"

#include <cmath>
#include <nlohmann/json.hpp>

#include "dashboard/api_answer.h"
#include "dashboard/query.h"

namespace churnstream {
namespace {

using Json = nlohmann::ordered_json;

constexpr int kRestsFor = 10;  // times what the last question took

Json number_or_null(double value) { return std::isfinite(value) ? Json(value) : Json(); }

std::uint64_t customers_in(const std::array<OutcomeCount, kOutcomeBins>& bins) {
  std::uint64_t sum = 0;
  for (const OutcomeCount& bin : bins) sum += bin.customers;
  return sum;
}

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

}  // namespace

PageResponse OutcomeAnswers::answer(const PageRequest& request, History& history) {
  if (const auto query = parse_query(request.target); !query || !query->values.empty())
    return problem(400, "The question cannot be answered", "outcomes are those of all customers");
  const std::chrono::nanoseconds begin = clock_.steady();
  if (!newest_.empty() && begin < ask_again_) return json_answer(request, newest_);
  const auto spread = history.outcomes(clock_.now_us() - terms_.delay.count());
  if (!spread) return problem_for_now(503, "The store does not answer", spread.error().message, 5);
  ask_again_ = clock_.steady() + kRestsFor * (clock_.steady() - begin);
  newest_ = outcomes_json(*spread, terms_);
  return json_answer(request, newest_);
}

PageResponse answer_without_outcomes(const PageRequest& request) {
  return json_answer(request, Json{{"state", "off"}}.dump());
}

}  // namespace churnstream
