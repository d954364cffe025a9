// What a look at a server's clock finds: it was asked between two looks at ours.
#pragma once

#include <fmt/format.h>

#include <cstdlib>

#include "base/clock.h"
#include "data/finding.h"

namespace churnstream {

// `remedy`: what to do when the two are more than five seconds apart.
inline void look_at_clock(EpochMicros before, EpochMicros server, EpochMicros after, std::string remedy,
                          Findings& found) {
  constexpr EpochMicros kSkewMax = 5'000'000;
  const EpochMicros skew = server < before ? server - before : server > after ? server - after : 0;
  if (std::abs(skew) <= kSkewMax) return found.fine("Its clock agrees with ours.");
  found.odd(fmt::format("Its clock is {:.1f} s {} ours.", static_cast<double>(std::abs(skew)) / 1e6,
                        skew < 0 ? "behind" : "ahead of"),
            std::move(remedy));
}

}  // namespace churnstream
