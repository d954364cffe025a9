#include "watch/drift.h"

#include <algorithm>
#include <boost/math/distributions/chi_squared.hpp>
#include <cmath>
#include <numeric>

namespace churnstream {
namespace {

constexpr double kLook = 0.10, kAct = 0.25;  // the convention of credit scoring
constexpr double kHalfARow = 0.5;

std::uint64_t sum(std::span<const std::uint64_t> counts) {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

bool has_rows(std::span<const std::uint64_t> one, std::span<const std::uint64_t> other, std::size_t bin) {
  return one[bin] > 0 || other[bin] > 0;
}

std::size_t bins_with_rows(std::span<const std::uint64_t> one, std::span<const std::uint64_t> other) {
  std::size_t bins = 0;
  for (std::size_t bin = 0; bin < one.size(); ++bin) bins += has_rows(one, other, bin) ? 1 : 0;
  return bins;
}

}  // namespace

double psi_of(std::span<const std::uint64_t> reference, std::span<const std::uint64_t> current) {
  insist(reference.size() == current.size(), "both sides have the same bins");
  const double more = kHalfARow * static_cast<double>(bins_with_rows(reference, current));
  const double all_reference = static_cast<double>(sum(reference)) + more;
  const double all_current = static_cast<double>(sum(current)) + more;
  double psi = 0;
  for (std::size_t bin = 0; bin < reference.size(); ++bin) {
    if (!has_rows(reference, current, bin)) continue;
    const double p = (static_cast<double>(reference[bin]) + kHalfARow) / all_reference;
    const double q = (static_cast<double>(current[bin]) + kHalfARow) / all_current;
    psi += (q - p) * std::log(q / p);
  }
  return psi;
}

double psi_noise(std::size_t bins, std::uint64_t n, std::uint64_t m, std::size_t features) {
  if (bins < 2 || n == 0 || m == 0) return 0;
  const boost::math::chi_squared spread(static_cast<double>(bins - 1));
  const double quantile =
      boost::math::quantile(spread, 1 - 0.01 / static_cast<double>(std::max<std::size_t>(1, features)));
  return quantile * (1 / static_cast<double>(n) + 1 / static_cast<double>(m));
}

const char* name_of(DriftVerdict verdict) {
  switch (verdict) {
    case DriftVerdict::too_few: return "too_few";
    case DriftVerdict::stable: return "stable";
    case DriftVerdict::look: return "look";
    case DriftVerdict::act: break;
  }
  return "act";
}

DriftWatch::DriftWatch(std::vector<ColumnReference> columns, std::vector<std::uint64_t> score, Clock& clock)
    : columns_(std::move(columns)), score_(std::move(score)), clock_(clock), allowed_at_(clock.steady()) {
  blocks_.fill(empty_block());
}

DriftWatch::Block DriftWatch::empty_block() const {
  Block block;
  for (const ColumnReference& column : columns_) block.counts.emplace_back(column.num_bins(), 0);
  block.counts.emplace_back(score_.size(), 0);
  return block;
}

// A bucket that a second fills.
std::size_t DriftWatch::rows_allowed(std::size_t wanted) {
  const std::chrono::nanoseconds now = clock_.steady();
  allowance_ += kRowsPerS * std::chrono::duration<double>(now - allowed_at_).count();
  allowance_ = std::min(allowance_, kRowsPerS);
  allowed_at_ = now;
  const std::size_t allowed = std::min(wanted, static_cast<std::size_t>(allowance_));
  allowance_ -= static_cast<double>(allowed);
  return allowed;
}

void DriftWatch::on_scored(const ScoredBatch& batch) {
  if (batch.num_rows() == 0) return;
  const std::lock_guard lock(mutex_);
  if (placed_for_ != batch.rows.shared_schema()) {
    placed_for_ = batch.rows.shared_schema();
    places_.clear();
    for (const ColumnReference& column : columns_) {
      const auto place = placed_for_->find(column.name);
      const bool is_same = place && (*placed_for_)[*place].type == column.type;
      places_.push_back(is_same ? place : std::nullopt);
    }
  }
  // One row out of each of so many equal parts, anywhere in it: rows that repeat themselves at a distance
  // would be all alike at equal distances.
  const std::size_t count = rows_allowed(batch.num_rows());
  for (std::size_t index = 0; index < count; ++index) {
    const std::size_t begin = index * batch.num_rows() / count, end = (index + 1) * batch.num_rows() / count;
    take(batch, begin + draw_() % (end - begin));
  }
}

void DriftWatch::take(const ScoredBatch& batch, std::size_t row) {
  if (blocks_[newest_].rows == kBlockRows) {
    newest_ = (newest_ + 1) % kBlocks;
    blocks_[newest_] = empty_block();
  }
  Block& block = blocks_[newest_];
  ++block.rows;
  for (std::size_t column = 0; column < columns_.size(); ++column)
    if (places_[column])
      ++block.counts[column][columns_[column].bin_of(batch.rows.column(*places_[column]), row)];
  const double probability = batch.probability(row);
  if (score_.empty() || std::isnan(probability)) return;
  const auto bins = static_cast<double>(score_.size());
  ++block.counts.back()[static_cast<std::size_t>(std::min(probability * bins, bins - 1))];
}

std::vector<std::uint64_t> DriftWatch::window_counts(std::size_t place) const {
  std::vector<std::uint64_t> counts(blocks_[0].counts[place].size());
  for (const Block& block : blocks_)
    for (std::size_t bin = 0; bin < counts.size(); ++bin) counts[bin] += block.counts[place][bin];
  return counts;
}

DriftFinding DriftWatch::finding(const std::string& name, const std::vector<std::uint64_t>& reference,
                                 std::size_t place, std::uint64_t rows) const {
  const std::vector<std::uint64_t> current = window_counts(place);
  DriftFinding found{name, psi_of(reference, current)};
  found.noise = psi_noise(bins_with_rows(reference, current), rows, sum(reference), columns_.size() + 1);
  found.verdict = rows < kRowsMin                            ? DriftVerdict::too_few
                  : found.psi > std::max(kAct, found.noise)  ? DriftVerdict::act
                  : found.psi > std::max(kLook, found.noise) ? DriftVerdict::look
                                                             : DriftVerdict::stable;
  return found;
}

DriftReport DriftWatch::report() const {
  const std::lock_guard lock(mutex_);
  DriftReport report;
  for (const Block& block : blocks_) report.rows += block.rows;
  if (report.rows == 0) return report;
  for (std::size_t column = 0; column < columns_.size(); ++column)
    if (places_[column])
      report.columns.push_back(finding(columns_[column].name, columns_[column].counts, column, report.rows));
  if (!score_.empty()) report.score = finding("score", score_, columns_.size(), report.rows);
  std::stable_sort(report.columns.begin(), report.columns.end(),
                   [](const DriftFinding& one, const DriftFinding& other) { return one.psi > other.psi; });
  return report;
}

}  // namespace churnstream
