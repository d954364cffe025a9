// Rows with their scores: what a lane hands to every sink. Built by one lane, then still; sinks on other
// threads only read it (shared_ptr<const ScoredBatch>).
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/record_batch.h"
#include "data/refused_row.h"

namespace churnstream {

enum class RiskBand : std::uint8_t { low, medium, high };
inline const char* name_of(RiskBand band) {
  constexpr std::array<const char*, 3> kNames{"low", "medium", "high"};
  return kNames[static_cast<std::size_t>(band)];
}

// What every row of a stream shares: who scored it and what the numbers mean. Made once per run.
struct ScoreTerms {
  std::string model;                      // the fingerprint of the model
  std::vector<std::string> class_labels;  // by class index: {"No", "Yes"}
  std::size_t positive_class = 1;         // index of the class that leaves
  std::size_t key_column = 0;             // of the customer id in `rows`
  std::string value_column;               // expected_loss = probability x this; empty: none
  double threshold = 0.5;                 // probability from which a row is `flagged`
  double band_medium =
      0.16417910447761194;  // profit threshold 11/67 of Verbraken et al. 2013's default campaign
  double band_high = 0.5;

  // Whether a label says that its customer left; nothing where it is none of the classes.
  std::optional<bool> has_left(std::string_view label) const {
    const auto place = std::find(class_labels.begin(), class_labels.end(), label);
    if (place == class_labels.end()) return std::nullopt;
    return static_cast<std::size_t>(place - class_labels.begin()) == positive_class;
  }
};

// A customer who is to be forgotten: a record with this key and no value.
struct Tombstone {
  std::string key;
  Offset offset{};
  EpochMicros time_us = 0;
};

// What became of a row's customer, where the record said so and the file asks for it to be kept.
struct TrueOutcome {
  Offset offset{};
  bool has_left = false;
};

struct ScoredBatch {
  std::shared_ptr<const ScoreTerms> terms;
  RecordBatch rows;  // the customer's own columns; the label was taken off at decoding
  std::size_t num_classes = 0;
  std::vector<double> raw;                 // num_rows x num_classes: votes of the trees
  std::vector<double> probabilities;       // num_rows x num_classes
  std::vector<std::uint32_t> predictions;  // class index by Spark's rule, whatever the threshold
  std::vector<double> expected_loss;       // money per month; NaN without a value column
  std::vector<Tombstone> tombstones;       // in the order of their offsets
  std::vector<TrueOutcome> outcomes;       // in the order of their offsets; for churn_outcomes alone
  std::vector<RefusedRow> refused;         // what this stretch of the stream refused before scoring
  std::int64_t scored_at_us = 0;
  std::int64_t arrived_ns = 0;  // steady clock when the source handed the rows over; for latencies

  std::size_t num_rows() const { return rows.num_rows(); }
  double probability(std::size_t row) const {
    return probabilities[row * num_classes + terms->positive_class];
  }
  bool flagged(std::size_t row) const { return probability(row) >= terms->threshold; }
  RiskBand band(std::size_t row) const {
    const double p = probability(row);
    return p >= terms->band_high     ? RiskBand::high
           : p >= terms->band_medium ? RiskBand::medium
                                     : RiskBand::low;
  }
  // Nothing where it is not known.
  std::optional<bool> has_left(std::size_t row) const {
    const Offset offset = rows.extent().offsets[row];
    const auto found =
        std::lower_bound(outcomes.begin(), outcomes.end(), offset,
                         [](const TrueOutcome& one, Offset wanted) { return one.offset < wanted; });
    return found != outcomes.end() && found->offset == offset ? std::optional(found->has_left) : std::nullopt;
  }
  std::string_view key(std::size_t row) const { return rows.column(terms->key_column).text(row); }
  const std::string& prediction(std::size_t row) const { return terms->class_labels[predictions[row]]; }
};

// A row of the batch as a refused one; its record's bytes, key and headers are the parcel's to add.
inline RefusedRow refused_row(const ScoredBatch& batch, std::size_t row, std::string reason) {
  const Extent& extent = batch.rows.extent();
  RefusedRow refused;
  refused.reason = std::move(reason);
  refused.key = batch.key(row);
  refused.partition = extent.partition;
  refused.offset = extent.offsets[row];
  refused.time_us = extent.event_times_us[row];
  return refused;
}

// Rows and tombstones in the order they came, so that a customer who is forgotten and comes back is there.
// `on_row(index)` and `on_tombstone(index)` say whether to go on.
template <typename OnRow, typename OnTombstone>
void in_order(const ScoredBatch& batch, OnRow on_row, OnTombstone on_tombstone) {
  std::size_t next = 0;
  for (std::size_t row = 0; row < batch.num_rows(); ++row) {
    for (; next < batch.tombstones.size() && batch.tombstones[next].offset < batch.rows.extent().offsets[row];
         ++next)
      if (!on_tombstone(next)) return;
    if (!on_row(row)) return;
  }
  for (; next < batch.tombstones.size(); ++next)
    if (!on_tombstone(next)) return;
}

}  // namespace churnstream
