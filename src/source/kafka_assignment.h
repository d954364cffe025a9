// The partitions that one member of a group holds, and where it stands in each. Which they are is the group's
// decision; they are read as soon as the group's offsets for them are known, and held unread until then.
// Asks the cluster; called on the thread that owns the consumer.
#pragma once

#include <chrono>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "data/position.h"
#include "kafka/kafka_client.h"
#include "source/kafka_positions.h"
#include "source/source.h"

namespace churnstream {

class KafkaAssignment {
 public:
  struct Held {
    std::int64_t start = 0, next = 0, end = 0;  // end: as seen when it was placed
    std::int64_t fetched = 0;  // behind the last message that came, be it read or still waiting
    std::int64_t committed = -1;
    std::int64_t end_seen = -1;
    EpochMicros time_us = 0;  // of the record read last
    bool is_at_end = false;
  };

  KafkaAssignment(const KafkaSourceSettings& settings, const KafkaClient& client, KafkaTopic topic)
      : settings_(settings), client_(client), positions_(settings, client, std::move(topic)) {}

  KafkaPositions& positions() { return positions_; }
  const KafkaPositions& positions() const { return positions_; }
  const std::string& topic_id() const { return positions_.topic().id; }

  // What the group has decided; call from librdkafka's rebalance callback. What was taken waits for place();
  // where that does not succeed at once, the group is told that we hold it.
  void take(const std::vector<std::int32_t>& partitions, bool is_gradual);
  void hold_unread();
  void give(const std::vector<std::int32_t>& partitions, bool is_gradual);

  // Begins to read what was taken and waits for its offsets. Transient while the broker does not tell them:
  // ask again. Wrong when records are gone and the policy is to stop.
  Result<void> place();
  bool is_placed() const { return is_assigned_ && waiting_.empty(); }
  bool is_assigned() const { return is_assigned_; }

  Held* find(std::int32_t partition);
  bool empty() const { return held_.empty(); }
  std::vector<std::int32_t> numbers() const;
  std::vector<Partition> names_of(const std::vector<std::int32_t>& partitions) const;  // those that are held
  bool is_read_to_the_end() const;
  std::vector<PartitionLag> lag(EpochMicros now_us) const;

  // Goes back to what the group has committed, in every partition. Transient like place().
  Result<Checkpoint> rewind();
  // Goes on in a partition whose records are gone, where the policy says. Wrong when it says stop.
  Result<void> skip_loss(std::int32_t partition);

  // Paused partitions deliver nothing while polling keeps the member's place.
  void pause();
  void resume();
  bool is_paused() const { return !paused_.empty(); }

  // Commits what is new; does not wait.
  Result<void> commit(const Checkpoint& delivered);
  // And this one waits: offsets committed before are the group's before anybody else reads.
  void commit_and_wait();

 private:
  using List = KafkaOwned<rd_kafka_topic_partition_list_t>;
  static List new_list() { return List(rd_kafka_topic_partition_list_new(16)); }
  List list_of(const std::vector<std::int32_t>& partitions) const;
  void add(rd_kafka_topic_partition_list_t* list, std::int32_t partition, std::int64_t offset) const;
  void assign(const std::vector<std::int32_t>& fresh);
  Result<void> commit_latest(const std::map<std::int32_t, KafkaPosition>& positions) const;
  Result<void> commit_now(const rd_kafka_topic_partition_list_t* list) const;
  void assign_again(std::int32_t partition);
  Result<void> seek(const rd_kafka_topic_partition_list_t* list);
  void check(rd_kafka_resp_err_t code) const;
  void check(rd_kafka_error_t* error) const;

  const KafkaSourceSettings& settings_;
  const KafkaClient& client_;
  KafkaPositions positions_;
  std::map<std::int32_t, Held> held_;
  std::set<std::int32_t> waiting_;  // taken, their offsets not known yet
  std::vector<std::int32_t> paused_;
  bool is_assigned_ = false, is_gradual_ = false;
  bool is_acknowledged_ = false;  // the group has its answer to what it gave us
};

// "partitions 0 2", "no partition".
std::string text_of_partitions(const std::vector<std::int32_t>& partitions);

}  // namespace churnstream
