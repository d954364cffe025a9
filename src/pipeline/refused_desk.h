// Where refused rows are handed over, whoever makes them durable: the writer of the refused rows' own store,
// or the writer of the transaction they become visible with. Safe from many threads.
#pragma once

#include <vector>

#include "data/refused_row.h"

namespace churnstream {

struct Delivery;

class RefusedDesk {
 public:
  virtual ~RefusedDesk() = default;
  // Waits while there is no room. `waits`: the delivery's stretch counts on an answer.
  virtual void push(Delivery delivery, std::vector<RefusedRow> rows, bool waits) = 0;
};

}  // namespace churnstream
