// One lambda per alternative of a std::variant, for std::visit.
#pragma once

namespace churnstream {

template <typename... Cases>
struct Overloaded : Cases... {
  using Cases::operator()...;
};
template <typename... Cases>
Overloaded(Cases...) -> Overloaded<Cases...>;

}  // namespace churnstream
