#include "pipeline/delivery.h"

#include "pipeline/transaction_writer.h"

namespace churnstream {

void answer(const Delivery& delivery, RunShared& state) {
  if (delivery.desk->ledger.answered(delivery.ticket)) {
    const ScoredBatch& scored = delivery.parcel->scored;
    const std::chrono::nanoseconds latency =
        state.clock.steady() - std::chrono::nanoseconds(scored.arrived_ns);
    state.tell([&](Observer& observer) { observer.on_delivered(scored, latency); });
  }
  delivery.desk->bell.ring();
  if (delivery.desk->transaction != nullptr) delivery.desk->transaction->ring();
}

}  // namespace churnstream
