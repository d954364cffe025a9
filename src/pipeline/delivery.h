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

class RefusedDesk;
class TransactionWriter;

// The way back to a lane. Lives as long as the lane.
struct LaneDesk {
  DeliveryLedger& ledger;
  Bell& bell;
  RefusedDesk* refused = nullptr;            // where its refused rows go
  TransactionWriter* transaction = nullptr;  // its transactions, where there are some
};

struct Delivery {
  std::shared_ptr<const Parcel> parcel;  // null once its writer has written it and only waits to answer
  std::size_t rows = 0;                  // scored
  std::int64_t arrived_ns = 0;           // see ScoredBatch
  bool is_backlog = false;               // see RawBatch
  Checkpoint after;                      // holds once the parcel's rows are safe
  DeliveryLedger::Ticket ticket = 0;
  LaneDesk* desk = nullptr;
  std::uint64_t epoch = 0;  // of the transactions, in which it was read
};

// One answer to a delivery came: counts it, and when it was the last one tells the observers. Rings those who
// wait for answers.
void answer(const Delivery& delivery, RunShared& state);

}  // namespace churnstream
