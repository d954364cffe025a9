#include "watch/drift.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using Counts = std::vector<std::uint64_t>;

TEST(Drift, IsMeasuredAsCreditScoringDoes) {
  EXPECT_NEAR(psi_of(Counts{100, 200, 300, 400}, Counts{80, 150, 320, 450}), 0.025899676, 1e-9);
  EXPECT_NEAR(psi_of(Counts{50, 50, 0}, Counts{40, 50, 10}), 0.32169397, 1e-8);
  EXPECT_EQ(psi_of(Counts{5, 5, 0}, Counts{5, 5, 0}), 0) << "a bin that nobody is in says nothing";
}

TEST(Drift, ChanceIsLargerInSmallWindowsAndAmongManyColumns) {
  EXPECT_NEAR(psi_noise(10, 1'000, 7'043, 1), 21.665994 * (1.0 / 1'000 + 1.0 / 7'043), 1e-6);
  EXPECT_GT(psi_noise(10, 100, 7'043, 19), psi_noise(10, 1'000, 7'043, 19));
  EXPECT_GT(psi_noise(10, 1'000, 7'043, 19), psi_noise(10, 1'000, 7'043, 1));
  EXPECT_EQ(psi_noise(1, 1'000, 7'043, 19), 0);
}

// Customers with a contract and a tenure; the model learned from 7,000 of them.
class DriftWatching : public testing::Test {
 protected:
  void stream(std::size_t count, std::size_t two_years_of_ten, double tenure = 0) {
    ScoredBatch batch;
    batch.terms = std::make_shared<const ScoreTerms>(ScoreTerms{.class_labels = {"No", "Yes"}});
    batch.rows = RecordBatch(schema_);
    batch.num_classes = 2;
    for (std::size_t row = 0; row < count; ++row) {
      batch.rows.column(0).add_text(row % 10 < two_years_of_ten ? "Two year" : "One year");
      batch.rows.column(1).add_number(tenure + static_cast<double>(row % 100));
      const double probability = static_cast<double>(row % 4) / 4;
      batch.probabilities.insert(batch.probabilities.end(), {1 - probability, probability});
      batch.rows.extent().offsets.push_back(Offset{static_cast<std::int64_t>(row)});
    }
    watch_.on_scored(batch);
    clock_.advance(1s);
  }
  std::string verdicts() const {
    const DriftReport report = watch_.report();
    std::string text = report.score ? std::string("score ") + name_of(report.score->verdict) : "";
    for (const DriftFinding& one : report.columns) text += ", " + one.column + " " + name_of(one.verdict);
    return text;
  }

  std::shared_ptr<const Schema> schema_ = std::make_shared<const Schema>(
      *Schema::make({{"Contract", ColumnType::text}, {"tenure", ColumnType::number}}));
  ManualClock clock_{0};
  DriftWatch watch_{{{.name = "Contract", .values = {"One year", "Two year"}, .counts = {3'500, 3'500, 0, 0}},
                     {.name = "tenure",
                      .type = ColumnType::number,
                      .edges = {24, 49, 74},
                      .counts = {1'750, 1'750, 1'750, 1'750, 0}},
                     {.name = "gone", .values = {"x"}, .counts = {7'000, 0, 0}}},
                    {1'750, 1'750, 1'750, 1'750},
                    clock_};
};

TEST_F(DriftWatching, SaysNothingOfAFewRowsAndThenThatNothingChanged) {
  EXPECT_EQ(verdicts(), "");
  stream(400, 5);
  EXPECT_EQ(verdicts(), "score too_few, Contract too_few, tenure too_few");
  stream(400, 5);
  EXPECT_EQ(verdicts(), "score stable, Contract stable, tenure stable");
}

TEST_F(DriftWatching, NamesTheColumnThatChangedAndForgetsWhatIsLongPast) {
  stream(1'000, 3);
  EXPECT_EQ(verdicts(), "score stable, Contract look, tenure stable");
  for (int again = 0; again < 6; ++again) stream(1'000, 1);
  EXPECT_EQ(verdicts(), "score stable, Contract act, tenure stable");
  for (int again = 0; again < 5; ++again) stream(1'000, 5);
  EXPECT_EQ(verdicts(), "score stable, Contract stable, tenure stable");
  stream(1'000, 5, 60);
  EXPECT_EQ(watch_.report().columns[0].column, "tenure");
}

TEST_F(DriftWatching, LooksAtASampleOfAFastStream) {
  stream(50'000, 3);
  EXPECT_EQ(watch_.report().rows, 2'000u);
  EXPECT_EQ(verdicts(), "score stable, Contract look, tenure stable");
}

TEST_F(DriftWatching, ValuesThatTheModelNeverSawCount) {
  ScoredBatch batch;
  stream(600, 5);
  const double before = watch_.report().columns[0].psi;
  schema_ = std::make_shared<const Schema>(
      *Schema::make({{"Contract", ColumnType::text}, {"tenure", ColumnType::text}}));
  batch.terms = std::make_shared<const ScoreTerms>(ScoreTerms{.class_labels = {"No", "Yes"}});
  batch.rows = RecordBatch(schema_);
  batch.num_classes = 2;
  for (std::int64_t row = 0; row < 600; ++row) {
    batch.rows.column(0).add_text("Ten years");
    batch.rows.column(1).add_text("long");
    batch.probabilities.insert(batch.probabilities.end(), {0.5, 0.5});
    batch.rows.extent().offsets.push_back(Offset{row});
  }
  watch_.on_scored(batch);
  const DriftReport report = watch_.report();
  ASSERT_EQ(report.columns.size(), 1u) << "a column of another type is no column of the model";
  EXPECT_GT(report.columns[0].psi, before + 1);
  EXPECT_EQ(report.columns[0].verdict, DriftVerdict::act);
}

}  // namespace
}  // namespace churnstream
