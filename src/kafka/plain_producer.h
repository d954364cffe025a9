// Records into a topic, at full speed, with an account: what was sent and what the brokers acknowledged. For
// the verbs that fill topics. One thread. Idempotent, acks=all.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace churnstream {

struct PlainRecord {
  std::optional<std::string_view> key;  // none: spread over the partitions
  std::string_view value;
  std::string_view headers;  // as data/record_headers.h writes them
  bool is_tombstone = false;
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

}  // namespace churnstream
