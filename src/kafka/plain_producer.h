// Records into a topic, at full speed, with an account: what was sent and what the brokers acknowledged. For
// the verbs that fill topics. One thread. Idempotent, acks=all; ExactProducer in transactions (KIP-98).
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "base/result.h"
#include "kafka/topic_reader.h"

namespace churnstream {

struct PlainRecord {
  std::optional<std::string_view> key;  // none: spread over the partitions
  std::string_view value;
  std::string_view headers;  // as data/record_headers.h writes them
  bool is_tombstone = false;
  EpochMicros time_us = 0;  // 0: now
};

class PlainProducer {
 public:
  // librdkafka's properties, bootstrap.servers among them. Wrong when the topic is not there.
  static Result<std::unique_ptr<PlainProducer>> connect(const std::map<std::string, std::string>& properties,
                                                        const std::string& topic);
  virtual ~PlainProducer() = default;

  // Copies. Waits while the brokers do not keep up; an error when they do not for half a minute.
  virtual Result<void> send(const PlainRecord& record) = 0;
  // Lets delivery reports in without waiting.
  virtual void serve() = 0;
  // Until every record is acknowledged or given up, at most `patience`.
  virtual void flush(std::chrono::milliseconds patience) = 0;

  virtual std::uint64_t sent() const = 0;
  virtual std::uint64_t acknowledged() const = 0;
  // Why a record was not; empty when none was given up.
  virtual std::string problem() const = 0;
};

// The same in transactions that hold the positions of a TopicReader: what was read is sent once, whatever is
// killed. An error leaves the transaction to be aborted; the next process under this name begins where the
// last commit ended.
class ExactProducer : public PlainProducer {
 public:
  // `name` is the transactional id. Takes the place of whoever had it.
  static Result<std::unique_ptr<ExactProducer>> connect(const std::map<std::string, std::string>& properties,
                                                        const std::string& topic, const std::string& name);
  virtual Result<void> begin() = 0;
  // Waits until everything sent since begin() and where `reader` stands are the brokers'.
  virtual Result<void> commit(const TopicReader& reader) = 0;
};

}  // namespace churnstream
