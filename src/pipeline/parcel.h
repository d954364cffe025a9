// One batch on its way through a lane and its sinks: the bytes as they came, kept for as long as a sink may
// still refuse a row of them, and the rows with their scores. Parcels are pooled: one that every sink has let
// go of comes back with its memory. A parcel belongs to the lane until it is sealed, then it is only read.
#pragma once

#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "data/raw_batch.h"
#include "data/scored_batch.h"

namespace churnstream {

struct Parcel {
  RawBatch raw;
  ScoredBatch scored;

  // Completes a refused row by what came with its record: partition, bytes, the record's own key and headers.
  // Bytes that are there already stay. Needs: row.offset.
  void complete(RefusedRow& row) const;
  // About how much memory it holds: what a queue counts.
  std::size_t bytes() const;
};

// Safe from many threads: writers give back what the lane takes. Parcels may outlive the pool.
class ParcelPool {
 public:
  ParcelPool(std::shared_ptr<const Schema> columns, std::shared_ptr<const ScoreTerms> terms)
      : columns_(std::move(columns)), terms_(std::move(terms)), free_(std::make_shared<Free>()) {}

  // An empty parcel; it comes back to the pool when the last holder lets go.
  std::shared_ptr<Parcel> take();
  // What rows are scored by from now on: a parcel waits for its rows, so its terms are asked for when they
  // have come. Needs: the same model, key and value column.
  void set_terms(std::shared_ptr<const ScoreTerms> terms);
  std::shared_ptr<const ScoreTerms> terms() const;

 private:
  struct Free {
    std::mutex mutex;
    std::vector<std::unique_ptr<Parcel>> parcels;
  };
  std::shared_ptr<const Schema> columns_;
  std::shared_ptr<const ScoreTerms> terms_;  // guarded by the free ones' mutex
  std::shared_ptr<Free> free_;
};

}  // namespace churnstream
