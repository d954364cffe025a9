// What an optional sink was left out of: how many rows, and between which offsets they lie, so that
// `churnstream backfill` can bring them later. Safe from many threads.
#pragma once

#include <map>
#include <mutex>
#include <string>
#include <utility>

#include "pipeline/delivery.h"

namespace churnstream {

class LeftOut {
 public:
  // Needs: a delivery whose parcel is there.
  void add(const Delivery& delivery);
  std::uint64_t rows() const;
  // "1200 rows, --from 0:100,1:7 --to 0:5000,1:90": what a backfill has to be told. The numbers are those of
  // the first row and of the first behind the last; what the sink did take in between is there already.
  std::string text() const;

 private:
  mutable std::mutex mutex_;
  std::uint64_t rows_ = 0;
  std::map<Partition, std::pair<Offset, Offset>> between_;
};

}  // namespace churnstream
