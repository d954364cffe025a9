// Messages that librdkafka handed over and the lane has not taken yet, and how they become batches: one batch
// is the messages of one partition, in order. Owned by one thread.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "data/raw_batch.h"
#include "kafka/kafka_client.h"

namespace churnstream {

class KafkaMessages {
 public:
  using Message = KafkaOwned<rd_kafka_message_t>;

  bool empty() const { return messages_.empty(); }
  std::size_t size() const { return messages_.size(); }
  void add(Message message) { messages_.push_back(std::move(message)); }

  // Moves the messages of the first one's partition into `out`, at most `rows_max`, their bytes copied:
  // librdkafka gets its memory back. Needs: not empty.
  void take(std::size_t rows_max, RawBatch& out);

  // Drops those whose partition does not stay.
  void keep_only(const std::function<bool(std::int32_t partition)>& stays);

 private:
  std::vector<Message> messages_;  // in the order they came
  std::vector<Message> taken_;
};

}  // namespace churnstream
