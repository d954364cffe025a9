#include <algorithm>
#include <numeric>

#include "config/config_file.h"

namespace churnstream {
namespace {

// How many letters to add, drop, change or swap with their neighbour (Levenshtein with swaps).
std::size_t distance(std::string_view from, std::string_view to) {
  std::vector<std::size_t> before(to.size() + 1), above(to.size() + 1), row(to.size() + 1);
  std::iota(above.begin(), above.end(), std::size_t{0});
  for (std::size_t i = 1; i <= from.size(); ++i) {
    row[0] = i;
    for (std::size_t j = 1; j <= to.size(); ++j) {
      const std::size_t change = above[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
      row[j] = std::min({above[j] + 1, row[j - 1] + 1, change});
      if (i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1])
        row[j] = std::min(row[j], before[j - 2] + 1);
    }
    before.swap(above);
    above.swap(row);
  }
  return above[to.size()];
}

}  // namespace

std::string nearest_name(std::string_view name, const std::vector<std::string>& known) {
  constexpr std::size_t kNameBytesMax = 64;  // The work grows with the square; no option is that long.
  std::string nearest;
  if (name.size() > kNameBytesMax) return nearest;
  std::size_t least = name.size() / 3 + 1;
  for (const std::string& candidate : known) {
    const std::size_t here = distance(name, candidate);
    if (here < least) {
      least = here;
      nearest = candidate;
    }
  }
  return nearest;
}

}  // namespace churnstream
