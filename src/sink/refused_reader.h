// Refused rows, read again: to be looked at, or sent once more after a fix. The other side of RefusedStore
// (sink.h). One thread.
#pragma once

#include <cstdint>

#include "base/result.h"
#include "data/refused_row.h"

namespace churnstream {

class RefusedReader {
 public:
  virtual ~RefusedReader() = default;
  // The next row, as it was refused; false at the end that was there when reading began.
  virtual Result<bool> next(RefusedRow& out) = 0;
};

// Hands every row that is left to `take`, which may keep it and may fail; how many it were.
template <typename Take>
Result<std::uint64_t> each_row(RefusedReader& reader, Take take) {
  RefusedRow row;
  for (std::uint64_t count = 0;; ++count) {
    CHURNSTREAM_TRY_ASSIGN(const bool more, reader.next(row));
    if (!more) return count;
    CHURNSTREAM_TRY(take(row));
  }
}

}  // namespace churnstream
