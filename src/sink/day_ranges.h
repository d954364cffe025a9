// Which days (UTC) the events of a run of rows fall on, and what each day has of them. One thread.
#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "data/position.h"

namespace churnstream {

// What a calendar can name: the years 1 to 9999.
constexpr EpochMicros kFirstNamedUs = -62'135'596'800'000'000, kLastNamedUs = 253'402'300'799'999'999;

// "2026-11-25", or "unknown" for a time that no calendar names. Views live as long as this.
class DayNames {
 public:
  std::string_view operator()(EpochMicros time_us);

 private:
  std::map<std::int64_t, std::string> names_;  // by days since 1970
  std::map<std::int64_t, std::string>::const_iterator last_ = names_.end();
};

struct DayRange {
  std::int64_t num_rows = 0;
  Offset first{}, last{};
};
// By the name of the day.
using DayRanges = std::map<std::string, DayRange, std::less<>>;

// Needs: the offsets come in ascending order.
void add_to(DayRanges& days, std::string_view day, Offset offset);

}  // namespace churnstream
