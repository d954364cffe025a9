#include "sink/kafka_records.h"

#include "base/json_text.h"

namespace churnstream {

Result<void> KafkaRecords::open(const Assignment& assignment) {
  CHURNSTREAM_TRY_ASSIGN(record_, ScoredRecord::make(*assignment.columns, *assignment.terms));
  if (!settings_.columns.empty()) {
    CHURNSTREAM_TRY_ASSIGN(record_, record_->only(settings_.columns));
  }
  return {};
}

void KafkaRecords::each(const ScoredBatch& rows, const Send& send) {
  const auto send_row = [&](std::size_t row) {
    value_.clear();
    if (settings_.as_csv) {
      record_->append_csv(value_, rows, row);
      value_.pop_back();  // a record needs no line feed
    } else {
      record_->append_json(value_, rows, row);
    }
    KafkaProducer::Message message{.key = rows.key(row), .value = value_, .tag = row};
    if (settings_.with_headers) message.headers = headers_of(rows, rows.rows.extent().offsets[row]);
    return send(message);
  };
  const auto send_tombstone = [&](std::size_t index) {
    const Tombstone& tombstone = rows.tombstones[index];
    KafkaProducer::Message message{.key = tombstone.key, .is_null = true, .tag = rows.num_rows() + index};
    if (settings_.with_headers) message.headers = headers_of(rows, tombstone.offset);
    return send(message);
  };
  in_order(rows, send_row, send_tombstone);
}

rd_kafka_headers_t* KafkaRecords::headers_of(const ScoredBatch& rows, Offset offset) {
  const Partition& partition = rows.rows.extent().partition;
  place_.assign(partition.topic);
  place_ += '/';
  append_json_number(place_, std::int64_t{partition.number});
  place_ += '/';
  append_json_number(place_, number_of(offset));
  rd_kafka_headers_t* headers = rd_kafka_headers_new(2);
  const std::string& model = rows.terms->model;
  rd_kafka_header_add(headers, "churnstream.model", -1, model.data(), static_cast<ssize_t>(model.size()));
  rd_kafka_header_add(headers, "churnstream.source", -1, place_.data(), static_cast<ssize_t>(place_.size()));
  return headers;
}

}  // namespace churnstream
