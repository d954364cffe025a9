// The committed records of a topic, from where a group stands to the end that was there when reading began:
// for verbs that look at a topic or send its records again. Joins nothing: the group only keeps positions,
// and moves them in the transactions of an ExactProducer (kafka/plain_producer.h). One thread.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "base/clock.h"
#include "kafka/kafka_client.h"

namespace churnstream {

struct TopicRecord {
  std::string key, value, headers;  // headers as data/record_headers.h writes them
  bool is_tombstone = false;
  std::int32_t partition = 0;
  std::int64_t offset = 0;
  EpochMicros time_us = 0;
};

class TopicReader {
 public:
  // `from_start`: whatever the group has committed. Wrong when the topic is not there.
  static Result<std::unique_ptr<TopicReader>> open(const KafkaProperties& properties,
                                                   const std::string& topic, const std::string& group,
                                                   bool from_start);
  virtual ~TopicReader() = default;

  // The next record of any partition; false at the end. Trouble when nothing comes for half a minute.
  virtual Result<bool> next(TopicRecord& out) = 0;

  // What a transaction commits: the offset behind the record read last, by partition, and who we are.
  virtual const std::map<std::int32_t, std::int64_t>& positions() const = 0;
  virtual const std::string& topic() const = 0;
  virtual const KafkaClient& client() const = 0;
};

}  // namespace churnstream
