#include "pipeline/parcel.h"

#include <algorithm>

namespace churnstream {
namespace {

constexpr std::size_t kFreeMax = 8;  // More than a lane has under way in a steady stream.

void clear(Parcel& parcel) {
  parcel.raw.clear();
  parcel.scored.rows.clear();
  parcel.scored.refused.clear();
  parcel.scored.raw.clear();
  parcel.scored.probabilities.clear();
  parcel.scored.predictions.clear();
  parcel.scored.expected_loss.clear();
}

}  // namespace

std::string_view Parcel::raw_bytes(Offset offset) const {
  const auto place =
      std::lower_bound(raw.records.begin(), raw.records.end(), offset,
                       [](const RawRecord& record, Offset wanted) { return record.offset < wanted; });
  return place == raw.records.end() || place->offset != offset ? std::string_view() : place->bytes;
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
  std::shared_ptr<const ScoreTerms> terms;
  {
    const std::lock_guard lock(free_->mutex);
    terms = terms_;
    if (!free_->parcels.empty()) {
      parcel = std::move(free_->parcels.back());
      free_->parcels.pop_back();
    }
  }
  if (!parcel) {
    parcel = std::make_unique<Parcel>();
    parcel->scored.rows = RecordBatch(columns_);
  }
  parcel->scored.terms = std::move(terms);
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

}  // namespace churnstream
