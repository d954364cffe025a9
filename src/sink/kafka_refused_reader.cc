#include "sink/kafka_refused_reader.h"

#include <fmt/format.h>

#include "data/record_headers.h"
#include "kafka/plain_producer.h"
#include "kafka/topic_reader.h"
#include "sink/kafka_refused_headers.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr std::uint64_t kRowsInTransaction = 1'000;
constexpr const char* kReplayedHeader = "churnstream.replayed";

std::string place_of(const RefusedRow& row) {
  return fmt::format("{}/{}/{}", row.partition.topic, row.partition.number, number_of(row.offset));
}

// A row that was sent again before keeps the place where it was first.
std::string headers_for_replay(const RefusedRow& row) {
  std::string headers = row.headers;
  for (const RecordHeader& header : headers_of(row.headers))
    if (header.name == kReplayedHeader) return headers;
  append_header(headers, kReplayedHeader, place_of(row));
  return headers;
}

Result<void> send(PlainProducer& producer, const RefusedRow& row) {
  const std::string headers = headers_for_replay(row);
  return producer.send(
      {.key = row.record_key.empty() ? std::nullopt : std::optional<std::string_view>(row.record_key),
       .value = row.raw,
       .headers = headers,
       .time_us = row.time_us});
}

class RefusedTopicReader : public RefusedReader {
 public:
  explicit RefusedTopicReader(std::unique_ptr<TopicReader> topic) : topic_(std::move(topic)) {}

  static Result<std::unique_ptr<RefusedTopicReader>> open(const RefusedTopic& topic, bool from_start) {
    CHURNSTREAM_TRY_ASSIGN(const KafkaProperties properties, kafka_properties_of(topic.refused, {}));
    CHURNSTREAM_TRY_ASSIGN(
        std::unique_ptr<TopicReader> reader,
        TopicReader::open(properties, topic.refused.text("topic"), topic.group + ".replay", from_start));
    return std::make_unique<RefusedTopicReader>(std::move(reader));
  }

  Result<bool> next(RefusedRow& out) override {
    CHURNSTREAM_TRY_ASSIGN(const bool any, topic_->next(record_));
    if (!any) return false;
    out = refused_row_of(record_.headers);
    out.record_key = record_.key;
    out.raw = record_.value;
    if (out.partition.topic.empty())
      return wrong("reading", fmt::format("{}/{}/{}", topic_->topic(), record_.partition, record_.offset),
                   "this record has no churnstream.refused headers", "is this the topic of refused rows?");
    return true;
  }

  const TopicReader& topic() const { return *topic_; }

 private:
  std::unique_ptr<TopicReader> topic_;
  TopicRecord record_;
};

}  // namespace

Result<std::unique_ptr<RefusedReader>> open_refused_topic(const RefusedTopic& topic, bool from_start) {
  return RefusedTopicReader::open(topic, from_start);
}

Result<std::uint64_t> replay_refused_topic(const RefusedTopic& topic, const std::string& to, bool from_start,
                                           const std::function<void()>& sent) {
  CHURNSTREAM_TRY_ASSIGN(const KafkaProperties properties, kafka_properties_of(topic.refused, {}));
  // The place first: an earlier replay that was killed is over then, and the positions are settled.
  CHURNSTREAM_TRY_ASSIGN(const auto producer,
                         ExactProducer::connect(properties, to, topic.group + ".replay"));
  CHURNSTREAM_TRY_ASSIGN(const auto reader, RefusedTopicReader::open(topic, from_start));
  std::uint64_t committed = 0;
  for (bool more = true; more;) {
    RefusedRow row;
    CHURNSTREAM_TRY_ASSIGN(more, reader->next(row));
    if (!more) break;
    CHURNSTREAM_TRY(producer->begin());
    std::uint64_t rows = 0;
    while (more) {
      CHURNSTREAM_TRY(send(*producer, row));
      sent();
      if (++rows == kRowsInTransaction) break;
      CHURNSTREAM_TRY_ASSIGN(more, reader->next(row));
    }
    CHURNSTREAM_TRY(producer->commit(reader->topic()));
    committed += rows;
  }
  return committed;
}

Result<std::uint64_t> replay_rows(RefusedReader& rows, const KafkaProperties& properties,
                                  const std::string& to, const std::function<void()>& sent) {
  CHURNSTREAM_TRY_ASSIGN(const auto producer, PlainProducer::connect(properties, to));
  const auto send_one = [&](const RefusedRow& row) -> Result<void> {
    CHURNSTREAM_TRY(send(*producer, row));
    sent();
    return {};
  };
  CHURNSTREAM_TRY(each_row(rows, send_one));
  producer->flush(70s);
  if (producer->acknowledged() != producer->sent())
    return failed(
        "sending again to", to,
        fmt::format("{} of {} rows were not acknowledged: {}", producer->sent() - producer->acknowledged(),
                    producer->sent(), producer->problem()));
  return producer->acknowledged();
}

}  // namespace churnstream
