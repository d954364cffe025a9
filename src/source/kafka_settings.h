// What a [source] of type kafka says, checked. Plain values.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "kafka/kafka_client.h"

namespace churnstream {

enum class OnDataLoss { stop, earliest, latest };

// Where reading starts in partitions in which the group has committed nothing.
struct KafkaStart {
  enum class At { earliest, latest, time, offsets } at = At::earliest;
  EpochMicros time_us = 0;
  std::map<std::int32_t, std::int64_t> offsets;  // the others start at the earliest
};

enum class GroupProtocol { classic, consumer };

struct KafkaSourceSettings {
  std::string topic, group, member;
  KafkaStart start;
  std::optional<GroupProtocol> protocol;  // none: KIP-848 where the broker has it
  OnDataLoss on_data_loss = OnDataLoss::stop;
  std::chrono::milliseconds max_poll_interval{0};
  std::size_t batch_rows = 2'048;  // smaller ones, more of them: a commit leaves the lane room to go on
  bool is_static = true;           // member is a group.instance.id (KIP-345)
  bool until_end = false, transactional = false;
  // For the one protocol and for the other: each knows properties that the other refuses.
  KafkaProperties classic, consumer;
};

Result<KafkaSourceSettings> kafka_source_settings_of(const Config& config);
// "earliest", "latest", "committed", an RFC 3339 time or "0:15,1:20".
std::optional<KafkaStart> kafka_start_of(std::string_view text);

}  // namespace churnstream
