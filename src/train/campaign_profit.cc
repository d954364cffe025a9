#include "train/campaign_profit.h"

#include <boost/math/special_functions/beta.hpp>
#include <limits>
#include <vector>

#include "base/result.h"
#include "train/binary_metrics.h"

namespace churnstream {
namespace {

// Shares of churners and of the others that a threshold reaches.
struct Reach {
  double churners = 0, others = 0;
};

// The upper convex hull of the ROC points from (0, 0) to (1, 1): only its corners can be best for some rate.
std::vector<Reach> hull_of(const std::vector<ScoreGroup>& groups, double positives, double negatives) {
  std::vector<Reach> hull{{0, 0}};
  double churners = 0, others = 0;
  for (const ScoreGroup& group : groups) {
    churners += static_cast<double>(group.positives);
    others += static_cast<double>(group.negatives);
    const Reach next{churners / positives, others / negatives};
    while (hull.size() >= 2) {
      const Reach& b = hull.back();
      const Reach& a = hull[hull.size() - 2];
      const double turn = (b.others - a.others) * (next.churners - a.churners) -
                          (b.churners - a.churners) * (next.others - a.others);
      if (turn < 0) break;  // a right turn: b is a corner
      hull.pop_back();
    }
    hull.push_back(next);
  }
  return hull;
}

}  // namespace

CampaignProfit campaign_profit(std::span<const double> scores, std::span<const std::uint8_t> has_left,
                               const Campaign& campaign) {
  double positives = 0;
  for (const std::uint8_t left : has_left) positives += left != 0;
  const double negatives = static_cast<double>(has_left.size()) - positives;
  insist(positives > 0 && negatives > 0, "some left and some stayed");
  const double pi0 = positives / static_cast<double>(has_left.size()), pi1 = 1 - pi0;
  const double delta = campaign.offer_cost / campaign.customer_value;
  const double phi = campaign.contact_cost / campaign.customer_value;
  const double alpha = campaign.alpha, beta = campaign.beta, mean_rate = alpha / (alpha + beta);
  const auto weight_below = [&](double rate) { return boost::math::ibeta(alpha, beta, rate); };
  const auto mean_below = [&](double rate) { return mean_rate * boost::math::ibeta(alpha + 1, beta, rate); };

  const std::vector<Reach> hull = hull_of(groups_by_score(scores, has_left, 0), positives, negatives);
  CampaignProfit profit;
  double from = 0;
  for (std::size_t i = 0; i < hull.size() && from < 1; ++i) {
    double to = 1;  // the acceptance rate from which the next corner is better
    if (i + 1 < hull.size()) {
      const double d_churners = hull[i + 1].churners - hull[i].churners;
      const double d_others = hull[i + 1].others - hull[i].others;
      if (d_churners > 0)
        to = std::min(1.0, (pi1 * (delta + phi) * d_others + pi0 * phi * d_churners) /
                               (pi0 * (1 - delta) * d_churners));
    }
    const double benefit = (1 - delta) * pi0 * hull[i].churners;
    const double cost = phi * pi0 * hull[i].churners + (delta + phi) * pi1 * hull[i].others;
    const double weight = weight_below(to) - weight_below(from);
    const double contacted = pi0 * hull[i].churners + pi1 * hull[i].others;
    profit.expected_maximum +=
        campaign.customer_value * (benefit * (mean_below(to) - mean_below(from)) - cost * weight);
    profit.expected_share += contacted * weight;
    const double at_mean = campaign.customer_value * (mean_rate * benefit - cost);
    if (at_mean > profit.maximum) {
      profit.maximum = at_mean;
      profit.maximum_share = contacted;
    }
    from = to;
  }
  return profit;
}

double profit_threshold(const Campaign& campaign) {
  const double rate = campaign.alpha / (campaign.alpha + campaign.beta);
  return (campaign.offer_cost + campaign.contact_cost) /
         (rate * (campaign.customer_value - campaign.offer_cost) + campaign.offer_cost);
}

}  // namespace churnstream
