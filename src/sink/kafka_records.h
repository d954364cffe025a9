// Scored rows, tombstones and refused rows as Kafka records: key, value and headers
// (docs/formats/scored-record.md). Owned by one sink; buffers are reused from batch to batch.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "sink/kafka_producer.h"
#include "sink/scored_record.h"
#include "sink/sink.h"

namespace churnstream {

struct KafkaRecordSettings {
  std::string topic;
  bool as_csv = false;               // else JSON
  std::vector<std::string> columns;  // empty: all
  bool with_headers = true;
};

class KafkaRecords {
 public:
  explicit KafkaRecords(KafkaRecordSettings settings) : settings_(std::move(settings)) {}

  // Lays out the record. Wrong when a column is not there.
  Result<void> open(const Assignment& assignment);
  const std::string& topic() const { return settings_.topic; }

  // Hands each row of a batch to `send`, with its index as the tag, and each tombstone with num_rows + its
  // index, in the order they came, until `send` says no.
  using Send = std::function<bool(const KafkaProducer::Message&)>;
  void each(const ScoredBatch& rows, const Send& send);

 private:
  rd_kafka_headers_t* headers_of(const ScoredBatch& rows, Offset offset);

  const KafkaRecordSettings settings_;
  std::optional<ScoredRecord> record_;
  std::string value_, place_;
};

}  // namespace churnstream
