// What a [source] of type kafka says, checked. Plain values.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>

#include "base/clock.h"
#include "kafka/kafka_client.h"
#include "source/source_place.h"

namespace churnstream {

enum class OnDataLoss { stop, earliest, latest };

enum class GroupProtocol { classic, consumer };

struct KafkaSourceSettings {
  std::string topic, group, member;
  SourcePlace start;  // in partitions in which the group has committed nothing; of offsets, the others start
                      // at the earliest
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
// A place, or "committed", which says the same as "earliest".
std::optional<SourcePlace> kafka_start_of(std::string_view text);

}  // namespace churnstream
