// What a lane hands to a writer thread, and where the writer's answers go. A plain value.
#pragma once

#include <memory>
#include <vector>

#include "data/refused_row.h"
#include "pipeline/bell.h"
#include "pipeline/delivery_ledger.h"
#include "pipeline/parcel.h"
#include "pipeline/run_shared.h"

namespace churnstream {

// The way back to a lane. Lives as long as the lane.
struct LaneDesk {
  DeliveryLedger& ledger;
  Bell& bell;
};

struct Delivery {
  std::shared_ptr<const Parcel> parcel;
  Checkpoint after;  // holds once the parcel's rows are safe
  DeliveryLedger::Ticket ticket = 0;
  LaneDesk* desk = nullptr;
};

// One answer to a delivery came: counts it, and when it was the last one tells the observers.
inline void answer(const Delivery& delivery, RunShared& state) {
  if (delivery.desk->ledger.answered(delivery.ticket)) {
    const ScoredBatch& scored = delivery.parcel->scored;
    const std::chrono::nanoseconds latency =
        state.clock.steady() - std::chrono::nanoseconds(scored.arrived_ns);
    state.tell([&](Observer& observer) { observer.on_delivered(scored, latency); });
  }
  delivery.desk->bell.ring();
}

}  // namespace churnstream
