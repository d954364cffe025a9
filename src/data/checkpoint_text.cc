#include "data/checkpoint_text.h"

#include <limits>
#include <nlohmann/json.hpp>

namespace churnstream {
namespace {

using Json = nlohmann::json;

bool read_entry(const Json& entry, Checkpoint& checkpoint) {
  if (!entry.is_array() || entry.size() != 3 || !entry[0].is_string() || !entry[1].is_number_integer() ||
      !entry[2].is_number_integer())
    return false;
  const auto number = entry[1].get<std::int64_t>();
  const auto next = entry[2].get<std::int64_t>();
  if (number < 0 || number > std::numeric_limits<std::int32_t>::max() || next < 0) return false;
  const Partition partition{entry[0].get<std::string>(), static_cast<std::int32_t>(number)};
  return checkpoint.next.emplace(partition, Offset{next}).second;
}

// How far `checkpoint` is in any partition of a topic; -1 where it knows none.
std::int64_t furthest(const Checkpoint& checkpoint, const std::string& topic) {
  std::int64_t most = -1;
  for (const auto& [partition, next] : checkpoint.next)
    if (partition.topic == topic) most = std::max(most, number_of(next));
  return most;
}

}  // namespace

std::string checkpoint_as_text(const Checkpoint& checkpoint) {
  Json text = {{"next", Json::array()}, {"identity", Json::object()}};
  for (const auto& [partition, next] : checkpoint.next)
    text["next"].push_back({partition.topic, partition.number, number_of(next)});
  for (const auto& [topic, identity] : checkpoint.identity) text["identity"][topic] = identity;
  // Paths may hold any bytes; what is no UTF-8 is replaced, and then simply not found again.
  return text.dump(-1, ' ', false, Json::error_handler_t::replace);
}

Result<Checkpoint> checkpoint_from_text(std::string_view text) {
  const auto bad = [] { return failed("reading a checkpoint", "", "it is not in our format"); };
  const Json json = Json::parse(text, nullptr, false);
  if (!json.is_object() || !json.contains("next") || !json["next"].is_array()) return bad();
  Checkpoint checkpoint;
  for (const Json& entry : json["next"])
    if (!read_entry(entry, checkpoint)) return bad();
  if (!json.contains("identity")) return checkpoint;
  if (!json["identity"].is_object()) return bad();
  for (const auto& [topic, identity] : json["identity"].items()) {
    if (!identity.is_string()) return bad();
    checkpoint.identity[topic] = identity.get<std::string>();
  }
  return checkpoint;
}

Checkpoint start_for_all(const std::vector<Checkpoint>& remembered) {
  if (remembered.empty()) return {};
  Checkpoint start = remembered.front();
  for (const Checkpoint& other : remembered) start = smaller_of(start, other);
  start.identity.clear();
  std::map<std::string, std::int64_t> furthest_by_topic;
  for (const Checkpoint& one : remembered)
    for (const auto& [topic, identity] : one.identity) {
      const std::int64_t far = furthest(one, topic);
      const auto [known, is_new] = furthest_by_topic.emplace(topic, far);
      if (!is_new && known->second >= far) continue;
      known->second = far;
      start.identity[topic] = identity;
    }
  return start;
}

}  // namespace churnstream
