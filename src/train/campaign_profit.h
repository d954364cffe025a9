// What a retention campaign led by these scores would earn per customer, at best: MPC for one acceptance
// rate, EMPC over a Beta distribution of it. Pure functions. The costs are the user's: the defaults come from
// the literature, not from any telephone company.
//
// Source: Verbraken, Verbeke, Baesens 2013, IEEE TKDE 25:961-973.
#pragma once

#include <cstdint>
#include <span>

namespace churnstream {

struct Campaign {
  double alpha = 6, beta = 14;  // Beta distribution of the share of churners that accept the offer: mean 0.3
  double customer_value = 200;  // lifetime value of a customer who stays
  double offer_cost = 10;
  double contact_cost = 1;
};

struct CampaignProfit {
  double expected_maximum = 0;  // EMPC, money per customer of the base
  double expected_share = 0;    // of customers contacted at EMPC
  double maximum = 0;           // MPC, at the mean acceptance rate
  double maximum_share = 0;     // of customers contacted at MPC
};

// Needs: equally many scores and outcomes, with at least one churner and one who stayed.
CampaignProfit campaign_profit(std::span<const double> scores, std::span<const std::uint8_t> has_left,
                               const Campaign& campaign = {});

// The probability from which contacting one customer pays.
double profit_threshold(const Campaign& campaign);

}  // namespace churnstream
