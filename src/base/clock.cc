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

}  // namespace churnstream
