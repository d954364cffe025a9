#include "dashboard/sessions.h"

#include <algorithm>

#include "base/secret_bytes.h"

namespace churnstream {

constexpr std::size_t kNameBytes = 32;

std::string Sessions::begin(std::chrono::nanoseconds now) {
  std::erase_if(begun_, [&](const auto& one) { return now - one.second >= settings_.lifetime; });
  if (begun_.size() >= settings_.sessions_max)
    begun_.erase(std::min_element(begun_.begin(), begun_.end(), [](const auto& one, const auto& other) {
      return one.second < other.second;
    }));
  return begun_.emplace(random_hex(kNameBytes), now).first->first;
}

void Sessions::end(std::string_view name) {
  if (const auto found = begun_.find(name); found != begun_.end()) begun_.erase(found);
}

bool Sessions::is_known(std::string_view name, std::chrono::nanoseconds now) const {
  const auto found = begun_.find(name);
  return found != begun_.end() && now - found->second < settings_.lifetime;
}

}  // namespace churnstream
