// How long to wait before trying again: pauses that grow to a limit, each shortened by chance by up to a
// half, so that many who failed together do not come back together. Same seed, same pauses. Owned by one
// thread.
#pragma once

#include <algorithm>
#include <chrono>
#include <cstdint>
#include <random>

namespace churnstream {

class Backoff {
 public:
  Backoff(std::chrono::milliseconds first, std::chrono::milliseconds most, std::uint64_t seed)
      : first_(first), most_(std::max(first, most)), full_(first_), random_(seed) {}

  // The next pause: between half of and the whole of first, 2 x first, 4 x first ... most.
  std::chrono::nanoseconds next() {
    const std::chrono::nanoseconds full = full_;
    full_ = std::min<std::chrono::nanoseconds>(most_, full * 2);
    const auto half = static_cast<std::uint64_t>(full.count() / 2);
    return std::chrono::nanoseconds(full.count() -
                                    static_cast<std::int64_t>(half == 0 ? 0 : random_() % half));
  }

  // It worked: the next trouble starts with the shortest pause again.
  void reset() { full_ = first_; }

 private:
  std::chrono::nanoseconds first_, most_, full_;
  std::mt19937_64 random_;
};

}  // namespace churnstream
