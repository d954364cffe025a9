#include "data/position.h"

#include <algorithm>

namespace churnstream {

Checkpoint smaller_of(const Checkpoint& left, const Checkpoint& right) {
  Checkpoint smaller;
  for (const auto& [partition, next] : left.next)
    if (const auto other = right.next.find(partition); other != right.next.end())
      smaller.next[partition] = std::min(next, other->second);
  for (const auto& [topic, identity] : left.identity)
    if (const auto other = right.identity.find(topic);
        other != right.identity.end() && other->second == identity)
      smaller.identity[topic] = identity;
  return smaller;
}

}  // namespace churnstream
