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

}  // namespace

Result<std::string> look_at_kafka_source(const Config& source) {
  CHURNSTREAM_TRY_ASSIGN(const TopicFacts topic, facts_of(source));
  const std::string& group_name = source.text("group");
  const TopicGroup* group = group_of(topic, group_name);
  std::string text =
      fmt::format("Topic {} is there, {} partition{}; group {} ", topic.name, topic.partitions.size(),
                  topic.partitions.size() == 1 ? "" : "s", group_name);
  text += group == nullptr      ? "has committed nothing.\n"
          : group->members == 0 ? "has no member now.\n"
                                : fmt::format("has {} member{} now: partitions would be shared with them.\n",
                                              group->members, group->members == 1 ? "" : "s");
  std::int64_t sum = 0;
  for (const TopicPartition& partition : topic.partitions) {
    const auto committed = group == nullptr ? std::map<std::int32_t, std::int64_t>::const_iterator()
                                            : group->committed.find(partition.number);
    if (group == nullptr || committed == group->committed.end()) {
      text += fmt::format("Partition {} holds offsets {} to {}: would start by [source] start = \"{}\".\n",
                          partition.number, partition.low, partition.high, source.text("start"));
      sum += partition.high - partition.low;
      continue;
    }
    const std::int64_t next = committed->second;
    if (next < partition.low || next > partition.high)
      text += fmt::format(
          "Partition {} holds offsets {} to {}, and the group stands at {}: records are gone, on_data_loss = "
          "\"{}\" applies.\n",
          partition.number, partition.low, partition.high, next, source.text("on_data_loss"));
    else
      text += fmt::format("Partition {} would go on at offset {}: {} records wait.\n", partition.number, next,
                          count_of(partition.high - next));
    sum += partition.high - std::clamp(next, partition.low, partition.high);
  }
  return text + fmt::format("At most {} records would be read now.\n", count_of(sum));
}

Result<std::string> look_at_kafka_topic(const Config& config) {
  CHURNSTREAM_TRY_ASSIGN(const TopicFacts topic, facts_of(config));
  std::int64_t records = 0;
  std::size_t behind = 0;
  for (const TopicPartition& partition : topic.partitions) {
    records += partition.high - partition.low;
    behind += partition.in_sync < partition.replicas;
  }
  return fmt::format("Topic {} is there, {} partition{}, {} records{}.\n", topic.name,
                     topic.partitions.size(), topic.partitions.size() == 1 ? "" : "s", count_of(records),
                     behind == 0 ? "" : fmt::format("; {} of its partitions miss a replica now", behind));
}

}  // namespace churnstream
