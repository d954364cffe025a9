#include "base/clock.h"

#include <fmt/format.h>

#include <ctime>
#include <thread>

namespace churnstream {
namespace {

class SystemClock : public Clock {
 public:
  EpochMicros now_us() override {
    using namespace std::chrono;
    return duration_cast<microseconds>(std::chrono::system_clock::now().time_since_epoch()).count();
  }
  std::chrono::nanoseconds steady() override { return std::chrono::steady_clock::now().time_since_epoch(); }
  void sleep(std::chrono::nanoseconds pause) override { std::this_thread::sleep_for(pause); }
};

}  // namespace

Clock& system_clock() {
  static SystemClock clock;
  return clock;
}

std::string rfc3339(EpochMicros time_us) {
  constexpr EpochMicros kMicrosPerSecond = 1'000'000;
  EpochMicros micros = time_us % kMicrosPerSecond;
  if (micros < 0) micros += kMicrosPerSecond;
  const auto seconds = static_cast<std::time_t>((time_us - micros) / kMicrosPerSecond);
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:06}Z", utc.tm_year + 1900, utc.tm_mon + 1,
                     utc.tm_mday, utc.tm_hour, utc.tm_min, utc.tm_sec, micros);
}

std::optional<EpochMicros> parse_rfc3339(std::string_view text) {
  using namespace std::chrono;
  const auto number = [&](std::size_t digits) -> int {  // -1 where there are none
    int value = 0;
    if (text.size() < digits) return -1;
    for (const char c : text.substr(0, digits)) {
      if (c < '0' || c > '9') return -1;
      value = value * 10 + (c - '0');
    }
    text.remove_prefix(digits);
    return value;
  };
  const auto mark = [&](std::string_view either) {
    const bool is_there = !text.empty() && either.find(text.front()) != std::string_view::npos;
    if (is_there) text.remove_prefix(1);
    return is_there;
  };
  const int years = number(4);
  const bool dash = mark("-");
  const int months = number(2);
  const bool second_dash = mark("-");
  const int days_of_month = number(2);
  const bool between = mark("Tt ");
  const int hours_of_day = number(2);
  const bool colon = mark(":");
  const int minutes_of_hour = number(2);
  const bool second_colon = mark(":");
  const int seconds_of_minute = number(2);
  const year_month_day date{year{years}, month{static_cast<unsigned>(months)},
                            day{static_cast<unsigned>(days_of_month)}};
  if (!dash || !second_dash || !between || !colon || !second_colon || years < 1970 || !date.ok() ||
      hours_of_day < 0 || hours_of_day > 23 || minutes_of_hour < 0 || minutes_of_hour > 59 ||
      seconds_of_minute < 0 || seconds_of_minute > 59)
    return std::nullopt;
  EpochMicros micros = 0;
  if (mark(".")) {
    int scale = 100'000;
    if (text.empty() || text.front() < '0' || text.front() > '9') return std::nullopt;
    for (; scale > 0 && !text.empty() && text.front() >= '0' && text.front() <= '9'; scale /= 10)
      micros += number(1) * scale;
  }
  int sign = 0, offset_hours = 0, offset_minutes = 0;
  if (!mark("Zz")) {
    sign = text.starts_with('-') ? -1 : 1;
    if (!mark("+-")) return std::nullopt;
    offset_hours = number(2);
    if (!mark(":")) return std::nullopt;
    offset_minutes = number(2);
    if (offset_hours < 0 || offset_hours > 23 || offset_minutes < 0 || offset_minutes > 59)
      return std::nullopt;
  }
  if (!text.empty()) return std::nullopt;
  const auto whole = sys_days(date).time_since_epoch() + hours(hours_of_day) + minutes(minutes_of_hour) +
                     seconds(seconds_of_minute) - sign * (hours(offset_hours) + minutes(offset_minutes));
  return duration_cast<microseconds>(whole).count() + micros;
}

}  // namespace churnstream
