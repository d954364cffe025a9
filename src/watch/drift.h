// Whether the customers who stream by are still those the model learned from: the population stability index
// (PSI) of every column and of the score, each beside what chance alone makes of it. Hears of every scored
// batch and looks at a sample, so that a fast stream costs no more than a slow one. One lock per batch.
#pragma once

#include <array>
#include <chrono>
#include <cstdint>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "base/clock.h"
#include "data/column_reference.h"
#include "pipeline/observer.h"

namespace churnstream {

// sum (q - p) ln(q / p) over the bins that either side has, half a row added to each count. Needs: as many
// counts on both sides.
double psi_of(std::span<const std::uint64_t> reference, std::span<const std::uint64_t> current);
// What chance alone exceeds in one of a hundred looks at `features` columns:
// chi-square quantile(bins - 1; 1 - 0.01 / features) x (1/n + 1/m), by Yurdakul and Naranjo 2020.
double psi_noise(std::size_t bins, std::uint64_t n, std::uint64_t m, std::size_t features);

enum class DriftVerdict {
  too_few,  // rows to say anything
  stable,
  look,  // above 0.1 and above chance
  act,   // above 0.25 and above chance
};
const char* name_of(DriftVerdict verdict);

struct DriftFinding {
  std::string column;
  double psi = 0, noise = 0;
  DriftVerdict verdict = DriftVerdict::too_few;
};

struct DriftReport {
  std::uint64_t rows = 0;  // in the window
  std::optional<DriftFinding> score;
  std::vector<DriftFinding> columns;  // the largest PSI first
};

class DriftWatch : public Observer {
 public:
  static constexpr std::uint64_t kRowsMin = 500;      // in the window, for a verdict
  static constexpr std::uint64_t kBlockRows = 1'000;  // the window moves on by so many
  static constexpr std::size_t kBlocks = 5;
  static constexpr double kRowsPerS = 2'000;  // of the sample: a thousandth of a fast stream's work

  // `score` are the counts of the score in bins of equal width; empty where the model keeps none. `clock`
  // outlives this.
  DriftWatch(std::vector<ColumnReference> columns, std::vector<std::uint64_t> score, Clock& clock);

  void on_scored(const ScoredBatch& batch) override;
  DriftReport report() const;

 private:
  struct Block {
    std::uint64_t rows = 0;
    std::vector<std::vector<std::uint64_t>> counts;  // of each column's bins, then of the score's
  };

  std::size_t rows_allowed(std::size_t wanted);
  void take(const ScoredBatch& batch, std::size_t row);
  Block empty_block() const;
  std::vector<std::uint64_t> window_counts(std::size_t place) const;
  DriftFinding finding(const std::string& name, const std::vector<std::uint64_t>& reference,
                       std::size_t place, std::uint64_t rows) const;

  const std::vector<ColumnReference> columns_;
  const std::vector<std::uint64_t> score_;
  Clock& clock_;
  mutable std::mutex mutex_;                        // everything below
  std::vector<std::optional<std::size_t>> places_;  // of our columns in a batch
  std::shared_ptr<const Schema> placed_for_;
  std::array<Block, kBlocks> blocks_;
  std::size_t newest_ = 0;
  double allowance_ = kRowsPerS;
  std::mt19937 draw_{1};  // which rows of a fast stream are looked at
  std::chrono::nanoseconds allowed_at_{0};
};

}  // namespace churnstream
