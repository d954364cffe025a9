// What a topic is, as its cluster says it. Any thread.
#pragma once

#include <chrono>
#include <string>

#include "kafka/kafka_client.h"

namespace churnstream {

struct KafkaTopic {
  std::string id;  // base64; a topic made anew under the same name has another one
  std::int32_t partitions = 0;
  bool may_read = true, may_write = true;  // what the brokers let us do (KIP-430)
};

// Wrong when there is no such topic; trouble when nobody answers within `patience`.
Result<KafkaTopic> look_up_topic(const KafkaClient& client, const std::string& name,
                                 std::chrono::milliseconds patience);

}  // namespace churnstream
