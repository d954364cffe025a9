#include "train/map_order.h"

#include <algorithm>
#include <array>

namespace churnstream {
namespace {

constexpr std::size_t kSmallMap = 4;  // an immutable map of up to four keeps the order of its making

std::uint32_t slot_2_12(std::uint32_t key) {
  return __builtin_bswap32(key * 0x9e3775cdu) * 0x9e3775cdu & 15u;
}
std::uint32_t slot_2_13(std::uint32_t key) { return (key ^ key >> 16) & 15u; }

// The mutable hash map of 16 slots that the small map is made from.
std::vector<std::uint32_t> small_map_order(std::vector<std::uint32_t> keys, MapOrder order) {
  if (order == MapOrder::scala_2_13) {
    std::sort(keys.begin(), keys.end(), [](std::uint32_t a, std::uint32_t b) {
      return std::pair(slot_2_13(a), a) < std::pair(slot_2_13(b), b);
    });
    return keys;
  }
  std::reverse(keys.begin(), keys.end());  // the latest comes first within a slot
  std::stable_sort(keys.begin(), keys.end(),
                   [](std::uint32_t a, std::uint32_t b) { return slot_2_12(a) > slot_2_12(b); });
  return keys;
}

std::uint32_t mix(std::uint32_t key) {
  key += ~(key << 9);
  key ^= key >> 14;
  key += key << 4;
  return key ^ key >> 10;
}

// A trie with 32 children per level, by five bits of the mixed key from the lowest on. In 2.13 keys alone in
// their slot come before the shared slots; in 2.12 both stand in the order of the slots.
void walk_trie(const std::vector<std::uint32_t>& keys, unsigned shift, MapOrder order,
               std::vector<std::uint32_t>& out) {
  std::array<std::vector<std::uint32_t>, 32> slots;
  for (const std::uint32_t key : keys) slots[mix(key) >> shift & 31u].push_back(key);
  if (order == MapOrder::scala_2_13)
    for (const auto& slot : slots)
      if (slot.size() == 1) out.push_back(slot.front());
  for (const auto& slot : slots) {
    if (slot.size() > 1) walk_trie(slot, shift + 5, order, out);
    if (slot.size() == 1 && order == MapOrder::scala_2_12) out.push_back(slot.front());
  }
}

}  // namespace

std::vector<std::uint32_t> in_map_order(std::vector<std::uint32_t> keys, MapOrder order) {
  if (keys.size() <= kSmallMap) return small_map_order(std::move(keys), order);
  std::vector<std::uint32_t> out;
  out.reserve(keys.size());
  walk_trie(keys, 0, order, out);  // ends: mix() maps different keys to different values
  return out;
}

}  // namespace churnstream
