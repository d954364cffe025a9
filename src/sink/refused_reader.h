// Refused rows, read again: to be looked at, or sent once more after a fix. The other side of RefusedStore
// (sink.h). One thread.
#pragma once

#include "base/result.h"
#include "data/refused_row.h"

namespace churnstream {

class RefusedReader {
 public:
  virtual ~RefusedReader() = default;
  // The next row, as it was refused; false at the end that was there when reading began.
  virtual Result<bool> next(RefusedRow& out) = 0;
};

}  // namespace churnstream
