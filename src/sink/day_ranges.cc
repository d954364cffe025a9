#include "sink/day_ranges.h"

namespace churnstream {

std::string_view DayNames::operator()(EpochMicros time_us) {
  constexpr EpochMicros kDayUs = 86'400'000'000;
  if (time_us < kFirstNamedUs || time_us > kLastNamedUs) return "unknown";
  const std::int64_t day = (time_us - (time_us < 0 ? kDayUs - 1 : 0)) / kDayUs;
  if (last_ == names_.end() || last_->first != day)
    last_ = names_.try_emplace(day, rfc3339(day * kDayUs).substr(0, 10)).first;
  return last_->second;
}

void add_to(DayRanges& days, std::string_view day, Offset offset) {
  auto place = days.find(day);
  if (place == days.end()) place = days.try_emplace(std::string(day), DayRange{0, offset, offset}).first;
  ++place->second.num_rows;
  place->second.last = offset;
}

}  // namespace churnstream
