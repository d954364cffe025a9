#include "sink/redis_positions.h"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <optional>
#include <utility>

namespace churnstream {
namespace {

// "0 churn" -> "0" and "churn".
std::pair<std::string_view, std::string_view> cut_at_space(std::string_view text) {
  const std::size_t space = std::min(text.find(' '), text.size());
  return {text.substr(0, space), text.substr(std::min(space + 1, text.size()))};
}

template <typename Number>
std::optional<Number> whole_number(std::string_view text) {
  Number number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  if (error != std::errc() || end != text.data() + text.size()) return std::nullopt;
  return number;
}

}  // namespace

Result<Checkpoint> redis_positions(RedisConnection& connection, const RedisSettings& settings) {
  const auto answer = connection.ask({"HGETALL", redis_key(settings, "positions")});
  if (!answer) return failed("reading the positions in", connection.place(), answer.error().message);
  Checkpoint checkpoint;
  for (std::size_t item = 0; item + 1 < answer->items.size(); item += 2) {
    const auto [number, topic] = cut_at_space(answer->items[item].text);
    const auto [next, identity] = cut_at_space(answer->items[item + 1].text);
    const auto partition = whole_number<std::int32_t>(number);
    const auto offset = whole_number<std::int64_t>(next);
    if (!partition || !offset)
      return wrong("reading the positions in", connection.place(),
                   fmt::format("\"{}\" is no position of ours", answer->items[item].text),
                   "use another prefix");
    checkpoint.next[{std::string(topic), *partition}] = Offset{*offset};
    if (!identity.empty()) checkpoint.identity[std::string(topic)] = identity;
  }
  return checkpoint;
}

}  // namespace churnstream
