#include "pipeline/parcel.h"

#include <algorithm>

namespace churnstream {
namespace {

constexpr std::size_t kFreeMax = 8;  // More than a lane has under way in a steady stream.

void clear(Parcel& parcel) {
  parcel.raw.clear();
  parcel.scored.rows.clear();
  parcel.scored.refused.clear();
  parcel.scored.tombstones.clear();
  parcel.scored.outcomes.clear();
  parcel.scored.raw.clear();
  parcel.scored.probabilities.clear();
  parcel.scored.predictions.clear();
  parcel.scored.expected_loss.clear();
}

}  // namespace

void Parcel::complete(RefusedRow& row) const {
  row.partition = raw.partition;
  const auto record =
      std::lower_bound(raw.records.begin(), raw.records.end(), row.offset,
                       [](const RawRecord& one, Offset wanted) { return one.offset < wanted; });
  if (record == raw.records.end() || record->offset != row.offset) return;
  if (row.raw.empty()) row.raw = record->bytes;
  row.record_key = record->key;
  row.headers = record->headers;
}

std::size_t Parcel::bytes() const {
  // The decoded cells take about as much as the text they came from.
  const std::size_t per_row =
      sizeof(RawRecord) + 2 * sizeof(std::int64_t) + scored.rows.schema().size() * 2 * sizeof(std::uint32_t) +
      scored.num_classes * 2 * sizeof(double) + sizeof(double) + sizeof(std::uint32_t);
  return 2 * raw.storage->size() + raw.records.size() * per_row;
}

std::shared_ptr<Parcel> ParcelPool::take() {
  std::unique_ptr<Parcel> parcel;
  {
    const std::lock_guard lock(free_->mutex);
    if (!free_->parcels.empty()) {
      parcel = std::move(free_->parcels.back());
      free_->parcels.pop_back();
    }
  }
  if (!parcel) {
    parcel = std::make_unique<Parcel>();
    parcel->scored.rows = RecordBatch(columns_);
  }
  clear(*parcel);
  return {parcel.release(), [free = free_](Parcel* used) {
            std::unique_ptr<Parcel> back(used);
            const std::lock_guard lock(free->mutex);
            if (free->parcels.size() < kFreeMax) free->parcels.push_back(std::move(back));
          }};
}

void ParcelPool::set_terms(std::shared_ptr<const ScoreTerms> terms) {
  const std::lock_guard lock(free_->mutex);
  terms_ = std::move(terms);
}

std::shared_ptr<const ScoreTerms> ParcelPool::terms() const {
  const std::lock_guard lock(free_->mutex);
  return terms_;
}

}  // namespace churnstream
