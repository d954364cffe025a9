// Outcomes that become known later than their rows: whose, whether they left, and up to when the score counts
// that foresaw it. Each kind of store that holds churn_outcomes has a function beside its sink, which opens
// what it needs and closes it again; src/command/sink_list.cc lists them. One thread.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"

namespace churnstream {

// Up to when an outcome reaches that is told without a time: the last second of the year 9999, which every
// store knows.
constexpr EpochMicros kAnyTime = 253'402'300'799'000'000;

struct KnownOutcome {
  std::string customer;  // the customer id, whole
  bool has_left = false;
  EpochMicros until_us = 0;  // of the customer's events the newest up to this time is the one it belongs to
};

// Adds up to the outcomes that were given.
struct OutcomesKept {
  std::uint64_t kept = 0;      // beside their event; one that was there before is replaced
  std::uint64_t unscored = 0;  // the store has no event of this customer up to that time
};

}  // namespace churnstream
