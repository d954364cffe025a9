#include "pipeline/delivery.h"

#include "pipeline/transaction_writer.h"

namespace churnstream {

void answer(const Delivery& delivery, RunShared& state) {
  if (delivery.desk->ledger.answered(delivery.ticket)) {
    const std::chrono::nanoseconds latency =
        state.clock.steady() - std::chrono::nanoseconds(delivery.arrived_ns);
    state.tell([&](Observer& observer) { observer.on_delivered(delivery.rows, latency); });
  }
  delivery.desk->bell.ring();
  if (delivery.desk->transaction != nullptr) delivery.desk->transaction->ring();
}

}  // namespace churnstream
