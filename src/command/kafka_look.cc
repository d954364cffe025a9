#include "command/kafka_look.h"

#include <fmt/format.h>

#include <algorithm>

#include "command/evaluation_text.h"
#include "kafka/kafka_admin.h"
#include "kafka/kafka_client.h"

namespace churnstream {
namespace {

std::string count_of(std::int64_t number) {
  return with_commas(static_cast<std::uint64_t>(std::max<std::int64_t>(0, number)));
}

Result<TopicFacts> facts_of(const Config& config) {
  CHURNSTREAM_TRY_ASSIGN(const KafkaProperties properties, kafka_properties_of(config, {}));
  CHURNSTREAM_TRY_ASSIGN(const auto admin, KafkaAdmin::connect(properties));
  return admin->describe(config.text("topic"));
}

const TopicGroup* group_of(const TopicFacts& topic, const std::string& name) {
  const auto found = std::find_if(topic.groups.begin(), topic.groups.end(),
                                  [&](const TopicGroup& group) { return group.name == name; });
  return found == topic.groups.end() ? nullptr : &*found;
}

// Where the group stands in a partition, and what that means.
void look_at_partition(const TopicPartition& partition, const TopicGroup* group, const Config& source,
                       Findings& found) {
  const auto committed = group == nullptr ? std::map<std::int32_t, std::int64_t>::const_iterator()
                                          : group->committed.find(partition.number);
  if (group == nullptr || committed == group->committed.end()) {
    found.fine(fmt::format("Partition {} holds offsets {} to {}: would start by [source] start = \"{}\".",
                           partition.number, partition.low, partition.high, source.text("start")));
    return;
  }
  const std::int64_t next = committed->second;
  if (next < partition.low || next > partition.high)
    found.odd(
        fmt::format("Partition {} holds offsets {} to {}, and the group stands at {}: records are gone.",
                    partition.number, partition.low, partition.high, next),
        fmt::format("on_data_loss = \"{}\" applies", source.text("on_data_loss")));
  else
    found.fine(fmt::format("Partition {} would go on at offset {}: {} records wait.", partition.number, next,
                           count_of(partition.high - next)));
}

void look_for_leaders(const TopicFacts& topic, Findings& found) {
  for (const TopicPartition& partition : topic.partitions)
    if (partition.leader < 0)
      found.bad(fmt::format("Partition {} of {} has no leader.", partition.number, topic.name),
                "start the brokers that hold it");
}

void look_at_reading(const TopicFacts& topic, Findings& found) {
  if (!topic.may_read)
    found.bad(fmt::format("We may not read {}.", topic.name), "allow READ on the topic and on the group");
  look_for_leaders(topic, found);
}

std::string is_there(const TopicFacts& topic) {
  return fmt::format("Topic {} is there, {} partition{}", topic.name, topic.partitions.size(),
                     topic.partitions.size() == 1 ? "" : "s");
}

// A partition that the group has no place in is read from its beginning.
std::int64_t waiting_for(const TopicGroup* group, const TopicFacts& topic) {
  std::int64_t sum = 0;
  for (const TopicPartition& partition : topic.partitions) {
    std::int64_t next = partition.low;
    if (group != nullptr)
      if (const auto place = group->committed.find(partition.number); place != group->committed.end())
        next = std::clamp(place->second, partition.low, partition.high);
    sum += partition.high - next;
  }
  return sum;
}

}  // namespace

Findings look_at_outcomes_topic(const Config& outcomes) {
  Findings found;
  const Result<TopicFacts> topic = facts_of(outcomes);
  if (!topic) {
    found.bad(topic.error());
    return found;
  }
  const std::string& group = outcomes.text("group");
  found.fine(fmt::format("{}; at most {} records wait for churnstream outcomes, by group {}.",
                         is_there(*topic), count_of(waiting_for(group_of(*topic, group), *topic)), group));
  look_at_reading(*topic, found);
  return found;
}

Findings look_at_kafka_source(const Config& source) {
  Findings found;
  const Result<TopicFacts> topic = facts_of(source);
  if (!topic) {
    found.bad(topic.error());
    return found;
  }
  const std::string& group_name = source.text("group");
  const TopicGroup* group = group_of(*topic, group_name);
  std::string text = fmt::format("{}; group {} ", is_there(*topic), group_name);
  text += group == nullptr      ? "has committed nothing."
          : group->members == 0 ? "has no member now."
                                : fmt::format("has {} member{} now: partitions would be shared with them.",
                                              group->members, group->members == 1 ? "" : "s");
  found.fine(std::move(text));
  look_at_reading(*topic, found);
  for (const TopicPartition& partition : topic->partitions)
    look_at_partition(partition, group, source, found);
  found.fine(fmt::format("At most {} records would be read now.", count_of(waiting_for(group, *topic))));
  return found;
}

Findings look_at_kafka_topic(const Config& config, const Assignment&) {
  Findings found;
  const Result<TopicFacts> topic = facts_of(config);
  if (!topic) {
    found.bad(topic.error());
    return found;
  }
  std::int64_t records = 0;
  std::size_t behind = 0;
  for (const TopicPartition& partition : topic->partitions) {
    records += partition.high - partition.low;
    behind += partition.in_sync < partition.replicas;
  }
  found.fine(fmt::format("{}, {} records.", is_there(*topic), count_of(records)));
  if (!topic->may_write)
    found.bad(fmt::format("We may not write {}.", topic->name), "allow WRITE on the topic");
  look_for_leaders(*topic, found);
  if (behind != 0)
    found.odd(fmt::format("{} of its partitions miss a replica now.", behind),
              "look at the brokers: with too few replicas they take nothing");
  return found;
}

}  // namespace churnstream
