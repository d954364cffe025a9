// What every store's history promises: customers are counted once and ranked by what their leaving would
// cost, found one by one and page by page, and split into segments.
#pragma once

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <string>
#include <vector>

#include "data/history.h"
#include "sink/known_outcomes.h"
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

// Eleven customers, of whom some have no expected loss and several the same one; "j" came twice.
inline std::vector<TestRow> customers_to_find() {
  std::vector<TestRow> rows;
  for (std::int64_t offset = 0; offset < 11; ++offset)
    rows.push_back(
        {.offset = offset,
         .id = std::string(1, static_cast<char>('a' + offset)),
         .probability = 0.05 * static_cast<double>(offset * 7 % 20),
         .event_time_us = 1'000'000 + offset / 2,
         .note = offset % 4 == 0 ? std::nullopt : std::optional("it's " + std::to_string(offset % 3)),
         .charges = offset % 5 == 0 ? std::numeric_limits<double>::quiet_NaN()
                                    : static_cast<double>(10 * (offset % 3))});
  rows.push_back({.offset = 11,
                  .id = "J K",
                  .probability = 1,
                  .event_time_us = 2'000'000,
                  .note = "\"x",
                  .charges = 25});
  rows.push_back({.offset = 12,
                  .id = "j",
                  .probability = 0.9,
                  .event_time_us = 3'000'000,
                  .note = "new",
                  .charges = 30});
  return rows;
}

inline std::string ids_of(const std::vector<CustomerScore>& customers) {
  std::string ids;
  for (const CustomerScore& customer : customers) ids += (ids.empty() ? "" : ",") + customer.customer_id;
  return ids;
}

// All pages, one after the other.
inline std::string all_ids(History& history, CustomerQuery query) {
  std::string ids;
  for (;;) {
    const Result<CustomerPage> page = history.customers(query);
    EXPECT_TRUE(page) << (page ? "" : page.error().message);
    if (!page) return ids;
    ids += (ids.empty() ? "" : ",") + ids_of(page->customers);
    EXPECT_EQ(page->customers.size() == query.limit, page->has_more || page->customers.size() == query.limit);
    if (!page->has_more) return ids;
    query.after = page->customers.back().customer_id;
  }
}

inline std::string filtered(History& history, CustomerFilter filter) {
  const Result<CustomerPage> page = history.customers(
      {.filter = std::move(filter), .order = CustomerOrder::customer_id, .ascending = true});
  if (!page) return page.error().message;
  EXPECT_EQ(page->total, page->customers.size());
  return ids_of(page->customers);
}

inline std::string segments_as_text(History& history, const CustomerFilter& filter,
                                    const std::vector<SegmentAxis>& axes,
                                    const std::vector<std::string>& sums = {}) {
  const auto segments = history.segments(filter, axes, sums);
  if (!segments) return segments.error().message;
  std::string text;
  for (const Segment& one : *segments) {
    for (const auto& value : one.values) text += value.value_or("NULL") + " ";
    text += fmt::format("n={} flagged={} p={:.4f} value={:.1f} risk={:.3f}", one.customers, one.flagged,
                        one.mean_probability, one.value, one.revenue_at_risk);
    for (const double sum : one.sums) text += fmt::format(" sum={:.1f}", sum);
    text += "\n";
  }
  return text;
}

// Needs: as history_adds_up().
inline void history_finds_customers(Sink& sink, History& history) {
  delivers(sink, customers_to_find(), 13);
  for (const std::size_t limit : {1, 3, 12, 50}) {
    const auto in_order = [&](CustomerOrder order, bool ascending) {
      return all_ids(history, {.order = order, .ascending = ascending, .limit = limit});
    };
    EXPECT_EQ(in_order(CustomerOrder::customer_id, true), "J K,a,b,c,d,e,f,g,h,i,j,k") << limit;
    EXPECT_EQ(in_order(CustomerOrder::customer_id, false), "k,j,i,h,g,f,e,d,c,b,a,J K") << limit;
    EXPECT_EQ(in_order(CustomerOrder::probability, true), "a,d,g,b,e,h,k,c,f,i,j,J K") << limit;
    EXPECT_EQ(in_order(CustomerOrder::expected_loss, false), "j,J K,i,c,h,e,b,d,g,a,f,k") << limit;
    EXPECT_EQ(in_order(CustomerOrder::expected_loss, true), "d,g,b,e,h,c,i,J K,j,a,f,k") << limit;
    EXPECT_EQ(in_order(CustomerOrder::event_time, false), "j,J K,k,i,g,h,e,f,c,d,a,b") << limit;
  }
  EXPECT_EQ(history.customers({.limit = 2})->total, 12u);
  EXPECT_EQ(filtered(history, {.risk_band = "high"}), "J K,c,f,i,j,k");
  EXPECT_EQ(filtered(history, {.flagged = false}), "a,b,d,e,g,h");
  EXPECT_EQ(filtered(history, {.id_prefix = "j"}), "J K,j");
  EXPECT_EQ(filtered(history, {.id_prefix = "'; DROP TABLE churn_scores; --"}), "");
  EXPECT_EQ(filtered(history, {.where = {{"note", "it's 1"}}}), "b,h,k");
  EXPECT_EQ(filtered(history, {.where = {{"note", "it's 1"}, {"note", "\"x"}, {"charges", "20..30"}}}),
            "J K");
  EXPECT_THAT(filtered(history, {.where = {{"charges", "much"}}}),
              testing::HasSubstr("neither a number nor a range"));
  EXPECT_THAT(filtered(history, {.where = {{"no\"body", "1"}}}), testing::HasSubstr("no such column"));
  EXPECT_THAT(filtered(history, {.where = {{"source_topic", "churn"}}}),
              testing::HasSubstr("no such column"));

  const auto found = *history.customer("j");
  ASSERT_TRUE(found);
  EXPECT_EQ(found->score.probability, 0.9);
  EXPECT_TRUE(found->score.flagged);
  EXPECT_EQ(found->score.model, "abc123");
  ASSERT_EQ(found->data.size(), 2u);
  EXPECT_EQ(std::get<std::string>(found->data[0].second), "new");
  EXPECT_EQ(std::get<double>(found->data[1].second), 30);
  ASSERT_EQ(found->past.size(), 2u);
  EXPECT_EQ(found->past[0].offset, Offset{12});
  EXPECT_EQ(found->past[1].event_time_us, 1'000'004);
  EXPECT_EQ(found->past[1].probability, 0.05 * 3);
  EXPECT_TRUE(std::holds_alternative<std::monostate>((*history.customer("a"))->data[0].second));
  EXPECT_FALSE(*history.customer("nobody"));
  EXPECT_FALSE(*history.customer("' OR 1 = 1 --"));
}

// Needs: history_finds_customers() came before it.
inline void history_splits_customers(History& history) {
  EXPECT_EQ(segments_as_text(history, {}, {}), "n=12 flagged=6 p=0.5000 value=125.0 risk=94.000\n");
  EXPECT_EQ(segments_as_text(history, {.risk_band = "low"}, {{"note"}, {"charges", 10}}),
            "it's 0 0 n=2 flagged=0 p=0.0750 value=0.0 risk=0.000\n"
            "NULL NULL n=1 flagged=0 p=0.0000 value=nan risk=nan\n");
  EXPECT_THAT(segments_as_text(history, {}, {{"charges"}}), testing::HasSubstr("the width of a step"));
  EXPECT_THAT(segments_as_text(history, {}, {{"customer_id"}}), testing::HasSubstr("no such column"));
  EXPECT_EQ(segments_as_text(history, {.risk_band = "low"}, {{"note"}}, {"charges", "charges"}),
            "it's 0 n=2 flagged=0 p=0.0750 value=0.0 risk=0.000 sum=0.0 sum=0.0\n"
            "NULL n=1 flagged=0 p=0.0000 value=nan risk=nan sum=nan sum=nan\n");
  EXPECT_EQ(segments_as_text(history, {}, {}, {"charges"}),
            "n=12 flagged=6 p=0.5000 value=125.0 risk=94.000 sum=125.0\n");
  EXPECT_THAT(segments_as_text(history, {}, {}, {"note"}), testing::HasSubstr("only a column of numbers"));
  EXPECT_THAT(segments_as_text(history, {}, {}, {"x) --"}), testing::HasSubstr("no such column"));
  const RiskSummary summary = *history.summary(1);
  std::array<std::uint64_t, kRiskBins> bins{};
  const std::vector<Segment> parts = *history.segments({}, {{"probability"}});
  for (const Segment& one : parts)
    bins.at(static_cast<std::size_t>(std::stoi(*one.values[0]))) = one.customers;
  EXPECT_EQ(bins, summary.histogram);
}

inline ScoredBatch rows_with_outcomes(const std::vector<TestRow>& rows, std::int64_t next,
                                      std::vector<TrueOutcome> outcomes) {
  ScoredBatch batch = scored_rows(rows, next);
  batch.outcomes = std::move(outcomes);
  return batch;
}

// "bin:customers:value" of those who left, then of those who stayed.
inline std::string outcomes_as_text(History& history, EpochMicros until_us) {
  const auto spread = history.outcomes(until_us);
  if (!spread) return spread.error().message;
  std::string text;
  for (const auto* side : {&spread->left, &spread->stayed}) {
    text += side == &spread->left ? "left" : " stayed";
    for (std::size_t bin = 0; bin < kOutcomeBins; ++bin)
      if ((*side)[bin].customers > 0)
        text += fmt::format(" {}:{}:{}", bin, (*side)[bin].customers, (*side)[bin].value);
  }
  return text;
}

// Needs: `sink` is open on an empty store and keeps outcomes, `history` looks at it with charges as the
// value.
inline void history_knows_outcomes(Sink& sink, History& history) {
  EXPECT_EQ(outcomes_as_text(history, 9), "left stayed");
  // 0.29 x 100 is less than 29, and 0.57 x 100 less than 57.
  const ScoredBatch batch =
      rows_with_outcomes({{.offset = 0, .id = "a", .probability = 0.29, .event_time_us = 1, .charges = 10},
                          {.offset = 1, .id = "b", .probability = 0.57, .event_time_us = 2, .charges = 100},
                          {.offset = 2, .id = "a", .probability = 0.5, .event_time_us = 3, .charges = 20},
                          {.offset = 3,
                           .id = "c",
                           .probability = 1.0,
                           .event_time_us = 4,
                           .charges = std::numeric_limits<double>::quiet_NaN()},
                          {.offset = 4, .id = "d", .probability = 0.07, .event_time_us = 5}},
                         5, {{Offset{0}, true}, {Offset{1}, false}, {Offset{2}, false}, {Offset{3}, true}});
  for (int time = 0; time < 2; ++time) {  // the same again leaves one copy
    EXPECT_TRUE(std::holds_alternative<Delivered>(sink.write(batch, test_checkpoint(5))));
    EXPECT_EQ(outcomes_as_text(history, 9), "left 99:1:nan stayed 50:1:20 57:1:100");
  }
  EXPECT_EQ(outcomes_as_text(history, 2), "left 29:1:10 stayed 57:1:100") << "what is later does not count";
  EXPECT_EQ(outcomes_as_text(history, 0), "left stayed");
  // An event without an outcome leaves the one before it known; an older one changes nothing.
  const ScoredBatch more =
      rows_with_outcomes({{.offset = 5, .id = "a", .probability = 0.9, .event_time_us = 2, .charges = 10},
                          {.offset = 6, .id = "b", .probability = 0.1, .event_time_us = 7, .charges = 10},
                          {.offset = 7, .id = "e", .probability = 0.505, .event_time_us = 8, .charges = 30}},
                         8, {{Offset{5}, true}, {Offset{7}, false}});
  EXPECT_TRUE(std::holds_alternative<Delivered>(sink.write(more, test_checkpoint(8))));
  EXPECT_EQ(outcomes_as_text(history, 9), "left 99:1:nan stayed 50:2:50 57:1:100");
}

// Needs: `sink` is open on an empty store that keeps outcomes. `keep(outcomes)` is the store's door for those
// that become known later; `stored()` what it holds then as "customer left|stayed offset", by customer and
// offset.
template <typename Keep, typename Stored>
void known_outcomes_lie_beside_the_newest_event_of_their_time(Sink& sink, Keep keep, Stored stored) {
  delivers(sink,
           {{.offset = 0, .id = "a", .event_time_us = 10},
            {.offset = 1, .id = "a", .event_time_us = 20},
            {.offset = 2, .id = "b", .event_time_us = 10}},
           3);
  const std::vector<KnownOutcome> told = {{"a", true, 15},       {"a", true, 20},  {"b", true, 9},
                                          {"b", true, kAnyTime}, {"b", false, 99}, {"nobody", true, 99}};
  for (int time = 0; time < 2; ++time) {  // the same again leaves one copy, and the last word holds
    const Result<OutcomesKept> kept = keep(told);
    ASSERT_TRUE(kept) << kept.error().message;
    EXPECT_EQ(kept->kept, 4u);
    EXPECT_EQ(kept->unscored, 2u);
    EXPECT_EQ(stored(), (std::vector<std::string>{"a left 0", "a left 1", "b stayed 2"}));
  }
}

}  // namespace churnstream::contract
