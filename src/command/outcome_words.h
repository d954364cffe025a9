// What a record of a file or a topic says of a customer, in words, and what it means. Any thread.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "data/scored_batch.h"
#include "sink/known_outcomes.h"

namespace churnstream {

// Names of the columns.
struct OutcomeColumns {
  std::string customer, label;
  std::string time;  // RFC 3339, or a date, which is its first moment in UTC; empty: no record says a time
};

struct OutcomeWords {
  std::string_view customer, label;
  std::optional<std::string_view> time;
  EpochMicros otherwise_us = kAnyTime;  // up to when it reaches where there is no time
};

// Else a sentence: why it is no outcome.
tl::expected<KnownOutcome, std::string> outcome_of(const OutcomeWords& words, const ScoreTerms& terms);

}  // namespace churnstream
