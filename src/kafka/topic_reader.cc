#include "kafka/topic_reader.h"

#include <fmt/format.h>

#include <thread>

#include "base/log.h"
#include "kafka/kafka_headers.h"
#include "kafka/kafka_topic.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 5s;
constexpr int kPatienceMs = 5'000;
constexpr auto kSilenceMax = 30s;
constexpr auto kUnsettledMax =
    30s;  // an open transaction hides the group's offsets for as long as it may last

class Reader : public TopicReader {
 public:
  Reader(KafkaClient client, std::string topic, KafkaTopic found, bool follows)
      : client_(std::move(client)), topic_(std::move(topic)), found_(std::move(found)), follows_(follows) {}
  ~Reader() override { rd_kafka_consumer_close(client_.get()); }

  Result<void> start(bool from_start) {
    const List list(rd_kafka_topic_partition_list_new(found_.partitions));
    for (std::int32_t partition = 0; partition < found_.partitions; ++partition)
      rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset =
          RD_KAFKA_OFFSET_BEGINNING;
    if (!from_start) CHURNSTREAM_TRY(ask_the_group(list.get()));
    for (int index = 0; index < list->cnt; ++index) {
      rd_kafka_topic_partition_t& place = list->elems[index];
      std::int64_t low = 0, high = 0;
      const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
          client_.get(), topic_.c_str(), place.partition, &low, &high, kPatienceMs);
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return tl::unexpected(client_.error("asking how far it goes", topic_, code));
      if (place.offset >= 0 && place.offset < low)
        log_warn(fmt::format("Records {} to {} of {}/{} are gone (retention?) and were never read.",
                             place.offset, low - 1, topic_, place.partition));
      if (place.offset < low) place.offset = low;  // nothing committed, or gone
      if (place.offset < high) ends_[place.partition] = high;
    }
    rd_kafka_poll_set_consumer(client_.get());
    const rd_kafka_resp_err_t code = rd_kafka_assign(client_.get(), list.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected(client_.error("reading", topic_, code));
    return {};
  }

  Result<bool> next(TopicRecord& out) override {
    auto heard_at = std::chrono::steady_clock::now();
    while (follows_ || !ends_.empty()) {
      const KafkaOwned<rd_kafka_message_t> message(rd_kafka_consumer_poll(client_.get(), 100));
      const auto now = std::chrono::steady_clock::now();
      if (!message) {
        if (follows_) return false;
        if (now - heard_at < kSilenceMax) continue;
        return tl::unexpected(client_.error("reading", topic_, RD_KAFKA_RESP_ERR__TIMED_OUT));
      }
      heard_at = now;
      if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
        ends_.erase(message->partition);
        continue;
      }
      if (message->err != RD_KAFKA_RESP_ERR_NO_ERROR) return tl::unexpected(problem_of(*message));
      if (!follows_ && is_behind_the_end(*message)) continue;
      take(*message, out);
      return true;
    }
    return false;
  }

  Result<bool> has_grown() override {
    CHURNSTREAM_TRY_ASSIGN(const KafkaTopic now, look_up_topic(client_, topic_, kPatience));
    if (now.id != found_.id)
      return wrong("reading", topic_, "it was made anew under its name", "start again");
    return now.partitions > found_.partitions;
  }

  Result<void> commit() override {
    if (positions_ == committed_) return {};
    const List list(rd_kafka_topic_partition_list_new(static_cast<int>(positions_.size())));
    for (const auto& [partition, offset] : positions_)
      rd_kafka_topic_partition_list_add(list.get(), topic_.c_str(), partition)->offset = offset;
    const rd_kafka_resp_err_t code = rd_kafka_commit(client_.get(), list.get(), 0);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected(client_.error("noting how far we have come in", topic_, code));
    committed_ = positions_;
    return {};
  }

  const std::map<std::int32_t, std::int64_t>& positions() const override { return positions_; }
  const std::string& topic() const override { return topic_; }
  const KafkaClient& client() const override { return client_; }

 private:
  using List = KafkaOwned<rd_kafka_topic_partition_list_t>;

  Result<void> ask_the_group(rd_kafka_topic_partition_list_t* list) {
    const auto give_up_at = std::chrono::steady_clock::now() + kUnsettledMax;
    for (;;) {
      const rd_kafka_resp_err_t code = rd_kafka_committed(client_.get(), list, kPatienceMs);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
      if (std::chrono::steady_clock::now() >= give_up_at)
        return tl::unexpected(client_.error("asking how far the group has come in", topic_, code));
      std::this_thread::sleep_for(200ms);
    }
  }

  // And notes when it is the last one before it.
  bool is_behind_the_end(const rd_kafka_message_t& message) {
    const auto end = ends_.find(message.partition);
    if (end == ends_.end()) return true;
    if (message.offset + 1 >= end->second) ends_.erase(end);
    return false;
  }

  Error problem_of(const rd_kafka_message_t& message) const {
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET)
      return wrong("reading", topic_, "records are gone before they were read (retention?)",
                   "start again: it says which, and goes on behind them")
          .value();
    return client_.error("reading", topic_, message.err, rd_kafka_message_errstr(&message));
  }

  void take(const rd_kafka_message_t& message, TopicRecord& out) {
    out.key = bytes_of(message.key, message.key_len);
    out.value = bytes_of(message.payload, message.len);
    out.is_tombstone = message.payload == nullptr;
    out.headers.clear();
    append_headers(message, out.headers);
    out.partition = message.partition;
    out.offset = message.offset;
    out.time_us = time_us_of(message);
    positions_[message.partition] = message.offset + 1;
  }

  KafkaClient client_;
  const std::string topic_;
  const KafkaTopic found_;  // as it was when reading began
  const bool follows_;
  std::map<std::int32_t, std::int64_t> ends_;  // of the partitions that are not read to their end yet
  std::map<std::int32_t, std::int64_t> positions_, committed_;
};

}  // namespace

Result<std::unique_ptr<TopicReader>> TopicReader::open(const KafkaProperties& properties,
                                                       const std::string& topic, const std::string& group,
                                                       bool from_start, bool follows) {
  KafkaProperties all = properties;
  all["client.id"] = "churnstream";
  all["group.id"] = group;
  all["enable.auto.commit"] = "false";
  all["isolation.level"] = "read_committed";
  all["auto.offset.reset"] = "error";  // a gap is never silent
  all["enable.partition.eof"] = "true";
  CHURNSTREAM_TRY_ASSIGN(KafkaClient client, KafkaClient::make(KafkaRole::consumer, all, nullptr));
  CHURNSTREAM_TRY_ASSIGN(KafkaTopic found, look_up_topic(client, topic, kPatience));
  auto reader = std::make_unique<Reader>(std::move(client), topic, std::move(found), follows);
  CHURNSTREAM_TRY(reader->start(from_start));
  return reader;
}

}  // namespace churnstream
