// A CSV file that says who left: a header line, then one customer a record. Read whole before anything is
// stored. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "command/outcome_words.h"

namespace churnstream {

struct OutcomeRows {
  std::vector<KnownOutcome> known;
  std::vector<std::string> refused;  // "record 7: ...", in the order of the file
};

// Every record behind the header ends in one of the two; blank lines are none. Wrong when the header has no
// such columns.
Result<OutcomeRows> read_outcome_rows(std::string_view csv, const OutcomeColumns& columns,
                                      const ScoreTerms& terms);

}  // namespace churnstream
