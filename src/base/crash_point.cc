#include "base/crash_point.h"

#ifdef CHURNSTREAM_CRASH_POINTS
#include <unistd.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <string>
#include <thread>

namespace churnstream {
namespace {

constexpr int kKilled = 137;  // as a shell reports SIGKILL

// name:times:ms
struct Wish {
  std::string name;
  int times = 0;
  std::chrono::milliseconds pause{0};
};

std::string environment(const char* variable) {
  const char* text = std::getenv(variable);
  return text == nullptr ? "" : text;
}

Wish read_wish(const char* variable) {
  const std::string wish = environment(variable);
  const std::size_t colon = wish.find(':');
  if (colon == std::string::npos) return {wish, 1};
  const std::size_t second = wish.find(':', colon + 1);
  return {wish.substr(0, colon), std::atoi(wish.c_str() + colon + 1),
          std::chrono::milliseconds(second == std::string::npos ? 0 : std::atoi(wish.c_str() + second + 1))};
}

}  // namespace

void crash_point(const char* name) {
  static const Wish kCrash = read_wish("CHURNSTREAM_CRASH_AT"), kSlow = read_wish("CHURNSTREAM_SLOW_AT");
  static std::atomic<int> passed{0}, passed_slowly{0};
  if (kCrash.name == name && ++passed == kCrash.times) ::_exit(kKilled);
  if (kSlow.name == name && ++passed_slowly % kSlow.times == 0) std::this_thread::sleep_for(kSlow.pause);
}

bool seeded_bug(const char* name) {
  static const std::string kBug = environment("CHURNSTREAM_BUG");
  return kBug == name;
}

}  // namespace churnstream
#endif
