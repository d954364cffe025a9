// A CSV file that says who left: a header line, then one customer a record. Read whole before anything is
// stored. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "data/scored_batch.h"
#include "sink/known_outcomes.h"

namespace churnstream {

struct OutcomeColumns {
  std::string customer, label;
  std::string time;  // RFC 3339, or a date, which is its first moment in UTC; empty: every outcome is of now
};

struct OutcomeRows {
  std::vector<KnownOutcome> known;
  std::vector<std::string> refused;  // "record 7: ...", in the order of the file
};

// Every record behind the header ends in one of the two; blank lines are none. Wrong when the header has no
// such columns.
Result<OutcomeRows> read_outcome_rows(std::string_view csv, const OutcomeColumns& columns,
                                      const ScoreTerms& terms);

}  // namespace churnstream
