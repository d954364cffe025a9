// The committed records of a topic, from where a group stands to the end that was there when reading began,
// or without end: for verbs that look at a topic, send its records again or store them. Joins nothing: the
// group only keeps positions, which move by commit() or in the transactions of an ExactProducer
// (kafka/plain_producer.h). One thread.
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
  // `from_start`: whatever the group has committed. `follows`: also what comes later; there is no end then.
  // Wrong when the topic is not there.
  static Result<std::unique_ptr<TopicReader>> open(const KafkaProperties& properties,
                                                   const std::string& topic, const std::string& group,
                                                   bool from_start, bool follows = false);
  virtual ~TopicReader() = default;

  // The next record of any partition; false at the end, or, where it follows, when none came for a moment.
  // Trouble when nothing comes for half a minute before the end, and what the client hears when it follows;
  // asking again goes on where it was. Wrong when records are gone that were to come next.
  virtual Result<bool> next(TopicRecord& out) = 0;

  // Whether the topic has partitions that this reader does not read. Wrong when it was made anew.
  virtual Result<bool> has_grown() = 0;

  // The group stands at positions() when this returns; an error leaves it where it was or there.
  virtual Result<void> commit() = 0;

  // What is committed: the offset behind the record read last, by partition, and who we are.
  virtual const std::map<std::int32_t, std::int64_t>& positions() const = 0;
  virtual const std::string& topic() const = 0;
  virtual const KafkaClient& client() const = 0;
};

}  // namespace churnstream
