// Where reading starts in partitions that a member was given, and what to do when records are gone. Asks the
// cluster; called on the thread that owns the consumer.
#pragma once

#include <map>
#include <set>
#include <vector>

#include "kafka/kafka_client.h"
#include "kafka/kafka_topic.h"
#include "source/kafka_settings.h"

namespace churnstream {

struct KafkaPosition {
  std::int64_t start = 0;    // the first offset to read
  std::int64_t end = 0;      // behind the last record that was there
  bool is_committed = true;  // the group knows a position; otherwise [source] start has said this one
};

// The first offset of a time or later; `high`, behind the last record, where there is none.
Result<std::int64_t> kafka_offset_at(const KafkaClient& client, const std::string& topic,
                                     std::int32_t partition, EpochMicros time_us, std::int64_t high);

class KafkaPositions {
 public:
  KafkaPositions(const KafkaSourceSettings& settings, const KafkaClient& client, KafkaTopic topic)
      : settings_(settings), client_(client), topic_(std::move(topic)) {}

  const KafkaTopic& topic() const { return topic_; }

  // The topic as it was when we read it last: another one means that its records are gone.
  Result<void> expect(const std::string& topic_id) const;

  // For each of these partitions. Wrong, with the offsets that are gone, when records are lost and the policy
  // is to stop; with another policy the log says the same.
  Result<std::map<std::int32_t, KafkaPosition>> of(const std::vector<std::int32_t>& partitions);

  // Whether the group has committed every partition but these to its end, as it was when this was asked
  // first.
  bool others_are_done(const std::vector<std::int32_t>& but);

  // What the group has committed; partitions without are left out. Transient while a transaction or a change
  // of the group is in the way.
  struct Committed {
    std::int64_t next = 0;
    std::string topic_id;
  };
  Result<std::map<std::int32_t, Committed>> committed(const std::vector<std::int32_t>& partitions) const;

  // Reading `partition` at `wanted` found it gone. Where to go on, or the error.
  Result<std::int64_t> after_loss(std::int32_t partition, std::int64_t wanted) const;

 private:
  Result<std::int64_t> start_of(std::int32_t partition, std::int64_t low, std::int64_t high) const;
  Result<std::int64_t> lost(std::int32_t partition, const std::string& what, std::int64_t low,
                            std::int64_t high) const;
  Result<std::pair<std::int64_t, std::int64_t>> watermarks(std::int32_t partition) const;

  const KafkaSourceSettings& settings_;
  const KafkaClient& client_;
  KafkaTopic topic_;
  std::map<std::int32_t, std::pair<std::int64_t, std::int64_t>> ends_;  // watermarks when first asked
};

}  // namespace churnstream
