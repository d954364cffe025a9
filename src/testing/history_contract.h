// What every store's history promises: customers are counted once and ranked by what their leaving would
// cost.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "data/history.h"
#include "testing/sink_contract.h"

namespace churnstream::contract {

// Needs: `sink` is open on an empty store, `history` looks at it with charges as the value.
inline void history_adds_up(Sink& sink, History& history) {
  delivers(sink,
           {{.offset = 0, .id = "a", .probability = 0.9, .event_time_us = 1, .charges = 10},
            {.offset = 1, .id = "b", .probability = 0.2, .event_time_us = 2, .charges = 100},
            {.offset = 2, .id = "a", .probability = 0.5, .event_time_us = 3, .charges = 10},
            {.offset = 3,
             .id = "c",
             .probability = 1.0,
             .event_time_us = 4,
             .charges = std::numeric_limits<double>::quiet_NaN()}},
           4);
  const RiskSummary summary = *history.summary(2);
  EXPECT_EQ(summary.customers, 3u);
  EXPECT_EQ(summary.events, 4u);
  EXPECT_EQ(summary.flagged, 2u);
  EXPECT_DOUBLE_EQ(summary.expected_churners, 1.7);
  EXPECT_DOUBLE_EQ(summary.expected_churners_sd, std::sqrt(0.25 + 0.16));
  EXPECT_DOUBLE_EQ(summary.revenue, 110);
  EXPECT_DOUBLE_EQ(summary.revenue_at_risk, 25);
  EXPECT_DOUBLE_EQ(summary.revenue_at_risk_sd, std::sqrt(0.25 * 100 + 0.16 * 10'000));
  EXPECT_EQ(summary.histogram[4], 1u);
  EXPECT_EQ(summary.histogram[10], 1u);
  EXPECT_EQ(summary.histogram[19], 1u);
  EXPECT_EQ(summary.bands.at("high"), 2u);
  ASSERT_EQ(summary.at_risk.size(), 2u);
  EXPECT_EQ(summary.at_risk[0].customer_id, "b");
  EXPECT_EQ(summary.at_risk[1].customer_id, "a");
  EXPECT_EQ(summary.at_risk[1].event_time_us, 3);
  EXPECT_EQ(summary.positions, test_checkpoint(4));
}

}  // namespace churnstream::contract
