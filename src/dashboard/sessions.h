// Who is logged in: random names given out at the login and sent back as a cookie. The table is bounded, the
// oldest goes first; nothing of it outlives the process. Owned by the server's thread.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <string_view>

namespace churnstream {

struct SessionSettings {
  std::chrono::nanoseconds lifetime = std::chrono::hours(12);
  std::size_t sessions_max = 1'000;
};

class Sessions {
 public:
  explicit Sessions(SessionSettings settings = {}) : settings_(settings) {}

  // The name of a new session.
  std::string begin(std::chrono::nanoseconds now);
  void end(std::string_view name);
  bool is_known(std::string_view name, std::chrono::nanoseconds now) const;
  std::size_t size() const { return begun_.size(); }
  std::chrono::seconds lifetime() const {
    return std::chrono::duration_cast<std::chrono::seconds>(settings_.lifetime);
  }

 private:
  const SessionSettings settings_;
  std::map<std::string, std::chrono::nanoseconds, std::less<>> begun_;
};

}  // namespace churnstream
