// The stores of a pipeline that hold true outcomes, and what became in each of those they were given. Used by
// the verb `outcomes`. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "command/pipeline_file.h"

namespace churnstream {

class OutcomeStores {
 public:
  // The file outlives the stores.
  explicit OutcomeStores(const PipelineFile& file);

  // Every store is asked, whatever the ones before it answered. On error those that have these outcomes keep
  // them; given the same again they are left out, and only the others are asked.
  Result<void> keep(const std::vector<KnownOutcome>& outcomes);

  // A line per store: "sink "sqlite": 9 records = 6 kept + 1 of customers without a score + 2 refused"; and
  // how many of the records were neither, where there are some.
  std::string account(std::uint64_t read, std::uint64_t refused) const;

 private:
  struct Store {
    const SinkEntry* sink;
    OutcomesKept tally;
    bool has_these = false;  // of the outcomes that are kept now
  };
  std::vector<Store> stores_;
};

}  // namespace churnstream
