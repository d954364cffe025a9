#include <gmock/gmock.h>

#include <cmath>

#include "train/binary_metrics.h"
#include "train/campaign_profit.h"
#include "train/churn_metrics.h"
#include "train/class_metrics.h"
#include "train/evaluation.h"

namespace churnstream {
namespace {

using Flags = std::vector<std::uint8_t>;
using Numbers = std::vector<double>;

const Flags kTruth{1, 0, 1, 0, 0, 1, 0, 0, 0, 1};
const Numbers kScores{.9, .8, .7, .6, .55, .5, .4, .3, .2, .1};

TEST(BinaryMetrics, CountEachPairInTheRightOrderOnce) {
  // 24 pairs of a churner and one who stayed: 6 + 5 + 3 + 0 are in order.
  EXPECT_NEAR(area_under_roc(groups_by_score(kScores, kTruth, 1'000)), 14.0 / 24, 1e-15);
}

TEST(BinaryMetrics, GiveHalfForTies) {
  const Numbers same(10, 0.5);
  EXPECT_EQ(area_under_roc(groups_by_score(same, kTruth, 1'000)), 0.5);
  EXPECT_EQ(area_under_pr(groups_by_score(same, kTruth, 1'000)), 0.4);
}

TEST(BinaryMetrics, MergeNeighboursOnlyFromTwiceTheBinsOn) {
  EXPECT_EQ(groups_by_score(kScores, kTruth, 6).size(), 10u);
  const auto merged = groups_by_score(kScores, kTruth, 3);
  ASSERT_EQ(merged.size(), 4u) << "runs of three, the last one shorter";
  EXPECT_EQ(merged[0].score, .7);
  EXPECT_EQ(merged[0].positives, 2);
  EXPECT_EQ(merged[3].positives, 1);
}

TEST(ClassMetrics, AreSparksForTheShippedForestsConfusion) {
  std::vector<std::uint32_t> labels, predictions;
  const std::int64_t cells[2][2] = {{911, 95}, {165, 167}};
  for (std::uint32_t truth : {0u, 1u})
    for (std::uint32_t predicted : {0u, 1u})
      for (std::int64_t i = 0; i < cells[truth][predicted]; ++i) {
        labels.push_back(truth);
        predictions.push_back(predicted);
      }
  const Numbers halves(labels.size() * 2, 0.5);
  const ClassMetrics metrics = class_metrics(predictions, labels, halves, 2);
  EXPECT_EQ(metrics.accuracy, 0.8056801195814649);
  EXPECT_EQ(metrics.f1, 0.7974969596340906);
  EXPECT_NEAR(metrics.weighted_recall, metrics.accuracy, 1e-15);
  EXPECT_EQ(metrics.hamming_loss, 260.0 / 1338);
  EXPECT_EQ(metrics.by_label[1].recall, 167.0 / 332);
  EXPECT_EQ(metrics.by_label[0].false_positive_rate, 165.0 / 332);
  EXPECT_NEAR(metrics.log_loss, std::log(2.0), 1e-12);
}

TEST(ClassMetrics, KeepTheLogLossOfASureErrorFinite) {
  const std::vector<std::uint32_t> labels{1}, predictions{0};
  const Numbers sure{1, 0};
  EXPECT_EQ(class_metrics(predictions, labels, sure, 2).log_loss, -std::log(1e-15));
}

TEST(ChurnMetrics, OfPerfectProbabilitiesAreIdeal) {
  Numbers sure(kTruth.begin(), kTruth.end());
  EXPECT_EQ(brier_score(sure, kTruth), 0);
  EXPECT_EQ(calibration_error(sure, kTruth), 0);
  EXPECT_EQ(lift_at(0.1, sure, kTruth), 2.5) << "everybody in front leaves: one through the base rate";
}

TEST(ChurnMetrics, SeeProbabilitiesThatAreTooHigh) {
  const Numbers high(10, 0.9);
  const Flags nobody(10, 0);
  EXPECT_NEAR(calibration_error(high, nobody), 0.9, 1e-12);
  EXPECT_NEAR(brier_score(high, nobody), 0.81, 1e-12);
  EXPECT_EQ(lift_at(0.1, high, nobody), 0);
}

TEST(ChurnMetrics, FindTheLineThatWouldCalibrate) {
  // Groups of 100 whose churn rates are s(2 logit p): the probabilities are half as extreme as they should
  // be.
  Numbers probabilities;
  Flags left;
  for (const double logit : {-1.0, -0.5, 0.0, 0.5, 1.0}) {
    const int churners = static_cast<int>(std::lround(10'000 / (1 + std::exp(-2 * logit))));
    for (int i = 0; i < 10'000; ++i) {
      probabilities.push_back(1 / (1 + std::exp(-logit)));
      left.push_back(i < churners);
    }
  }
  const CalibrationLine line = calibration_line(probabilities, left);
  EXPECT_NEAR(line.slope, 2, 1e-3);
  EXPECT_NEAR(line.intercept, 0, 1e-3);
  EXPECT_TRUE(std::isnan(calibration_line(Numbers{.1, .9}, Flags{0, 1}).slope))
      << "separated rows have no line";
}

TEST(ChurnMetrics, AddUpTheMoneyAtRisk) {
  const ValueAtRisk risk = value_at_risk(Numbers{0.5, 1}, Flags{0, 1}, Numbers{40, 60});
  EXPECT_EQ(risk.expected, 80);
  EXPECT_EQ(risk.standard_deviation, 20);
  EXPECT_EQ(risk.actual, 60);
}

TEST(ChurnMetrics, CountScoresInEqualSteps) {
  EXPECT_THAT(score_histogram(Numbers{0, 0.04, 0.05, 1}, 20),
              testing::ElementsAre(2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1));
}

TEST(CampaignProfit, AgreesWithThePublishedMeasure) {
  const CampaignProfit profit = campaign_profit(kScores, kTruth);
  EXPECT_NEAR(profit.expected_maximum, 15.880101887, 1e-9);
  EXPECT_NEAR(profit.expected_share, 0.950087193, 1e-9);
  EXPECT_NEAR(profit.maximum, 15.8, 1e-9);
  EXPECT_NEAR(profit.maximum_share, 1, 1e-9);
  const CampaignProfit rare = campaign_profit(kScores, kTruth, {2, 8, 200, 20, 2});
  EXPECT_NEAR(rare.expected_maximum, 5.560579073, 1e-9);
  EXPECT_NEAR(rare.expected_share, 0.353440922, 1e-9);
  EXPECT_NEAR(campaign_profit(kScores, kTruth, {6, 14, 1000, 50, 5}).expected_maximum, 79.400509434, 1e-8);
  const CampaignProfit dear = campaign_profit(kScores, kTruth, {6, 14, 100, 20, 5});
  EXPECT_NEAR(dear.expected_maximum, 2.017215984, 1e-9);
  EXPECT_NEAR(dear.expected_share, 0.144701913, 1e-9);
}

TEST(CampaignProfit, AgreesOnAHundredRowsToo) {
  Numbers scores;
  Flags left;
  const Flags pattern{1, 1, 0, 1, 0, 0, 0, 0, 0, 0};
  for (int i = 0; i < 100; ++i) {
    scores.push_back(1 - i / 99.0);
    left.push_back(pattern[static_cast<std::size_t>(i) % 10]);
  }
  EXPECT_NEAR(campaign_profit(scores, left).expected_maximum, 9.81241154, 1e-8);
  EXPECT_NEAR(campaign_profit(scores, left).expected_share, 0.90352596, 1e-8);
}

TEST(CampaignProfit, OfNoScoresAndOfPerfectOnesEncloseAnyModels) {
  ScoredRows rows;
  rows.num_classes = 2;
  for (std::uint32_t i = 0; i < 7'043; ++i) {  // the Telco customers' base rate
    const std::uint32_t label = i < 1'869;
    rows.labels.push_back(label);
    rows.predictions.push_back(0);
    for (const double p : {i % 2 == label ? 0.3 : 0.7, i % 2 == label ? 0.7 : 0.3}) {
      rows.probabilities.push_back(p);
      rows.raw.push_back(p);
    }
  }
  const Evaluation evaluation = evaluate(rows, 1);
  EXPECT_NEAR(evaluation.profit_without_scores, 6.90610876, 1e-8);
  EXPECT_NEAR(evaluation.profit_of_perfect_scores, 14.86071276, 1e-8);
  EXPECT_GE(evaluation.profit->expected_maximum, evaluation.profit_without_scores);
  EXPECT_FALSE(evaluation.money.has_value()) << "no values were given";
}

TEST(CampaignProfit, PaysFromElevenSixtySeventhsOn) { EXPECT_NEAR(profit_threshold({}), 11.0 / 67, 1e-15); }

}  // namespace
}  // namespace churnstream
