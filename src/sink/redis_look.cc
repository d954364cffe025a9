#include "sink/redis_look.h"

#include <fmt/format.h>

#include "sink/redis_positions.h"

namespace churnstream {
namespace {

// "yes" for ["appendonly", "yes"]; empty where the server does not tell.
std::string setting_of(RedisConnection& connection, std::string_view name) {
  const auto answer = connection.ask({"CONFIG", "GET", name});
  return answer && answer->items.size() == 2 ? answer->items[1].text : std::string();
}

void look_at_durability(RedisConnection& connection, Findings& found) {
  const std::string appends = setting_of(connection, "appendonly"),
                    when = setting_of(connection, "appendfsync");
  if (appends == "yes" && when == "always")
    found.fine("What it has taken is on its disk when it answers.");
  else if (appends.empty())
    found.odd("It does not tell whether its append-only file is on.", "allow CONFIG GET, or look there");
  else
    found.odd(
        fmt::format("A power cut may cost it rows: appendonly is {}, appendfsync is {}.", appends, when),
        "CONFIG SET appendonly yes, and appendfsync always; a loss is noticed, and a new run mends it");
  const std::string policy = setting_of(connection, "maxmemory-policy");
  if (!policy.empty() && policy != "noeviction")
    found.odd(fmt::format("Short of memory it forgets customers: maxmemory-policy is {}.", policy),
              "CONFIG SET maxmemory-policy noeviction");
}

}  // namespace

Findings look_at_redis(const Config& config, const Assignment&) {
  Findings found;
  const RedisSettings settings = redis_settings_of(config);
  const auto connection = RedisConnection::connect(settings);
  if (!connection) {
    found.bad(connection.error());
    return found;
  }
  found.fine(fmt::format("Redis is there, {}.", (*connection)->place()));
  look_at_durability(**connection, found);
  const auto positions = redis_positions(**connection, settings);
  if (!positions) {
    found.bad(positions.error());
    return found;
  }
  for (const auto& [partition, next] : positions->next)
    found.fine(fmt::format("It has everything before record {} of {}/{}.", number_of(next), partition.topic,
                           partition.number));
  return found;
}

}  // namespace churnstream
