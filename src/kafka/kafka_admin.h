// Topics of a cluster: list, create, describe, delete; and who reads them, how far behind. For the verbs;
// knows nothing of customers. One thread. Protocol: Kafka's Admin API (KIP-117, KIP-88, KIP-222).
#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/result.h"

namespace churnstream {

struct TopicPartition {
  std::int32_t number = 0, leader = -1;
  std::size_t replicas = 0, in_sync = 0;
  std::int64_t low = 0, high = 0;  // the first offset, and the one behind the last
};

// What a group has committed on a topic.
struct TopicGroup {
  std::string name, state, assignor;
  std::size_t members = 0;
  std::map<std::int32_t, std::int64_t> committed;  // by partition
};

struct TopicFacts {
  std::string name, id;
  bool is_internal = false;
  bool may_read = true, may_write = true;
  std::vector<TopicPartition> partitions;
  std::map<std::string, std::string> config;  // what was set for this topic
  std::vector<TopicGroup> groups;
};

class KafkaAdmin {
 public:
  // librdkafka's properties, bootstrap.servers among them. Trouble, and why, when no broker answers.
  static Result<std::unique_ptr<KafkaAdmin>> connect(const std::map<std::string, std::string>& properties);
  virtual ~KafkaAdmin() = default;

  // By name, without groups, ids and config.
  virtual Result<std::vector<TopicFacts>> list() = 0;
  // With everything. Wrong when there is none, with the nearest name.
  virtual Result<TopicFacts> describe(const std::string& name) = 0;
  // Replication -1: the cluster's default. Returns when the brokers have made it.
  virtual Result<void> create(const std::string& name, int partitions, int replication,
                              const std::map<std::string, std::string>& config) = 0;
  // Returns when the topic is gone, so that one may be made anew under its name.
  virtual Result<void> remove(const std::string& name) = 0;
};

}  // namespace churnstream
