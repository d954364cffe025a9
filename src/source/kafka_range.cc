// A stretch of a topic for backfill (source/source_range.h): partitions are assigned by hand, no group knows.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>

#include "base/log.h"
#include "kafka/kafka_topic.h"
#include "source/kafka_messages.h"
#include "source/kafka_positions.h"
#include "source/source_range.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 5s;
constexpr int kPatienceMs = 5'000;
constexpr std::size_t kBatchRows = 4'096;

// Memory is bounded here, as for the stream's own source.
Result<KafkaClient> make_client(const Config& config) {
  const KafkaProperties ours = {{"client.id", "churnstream-backfill"},
                                {"group.id", "churnstream-backfill"},  // needed by the library, never joined
                                {"enable.auto.commit", "false"},
                                {"auto.offset.reset", "error"},
                                {"isolation.level", "read_committed"},
                                {"allow.auto.create.topics", "false"},
                                {"enable.partition.eof", "true"},
                                {"queued.max.messages.kbytes", "8192"},
                                {"socket.timeout.ms", "10000"}};
  CHURNSTREAM_TRY_ASSIGN(
      const KafkaProperties properties,
      kafka_properties_of(config, ours,
                          {"group.id", "enable.auto.commit", "auto.offset.reset", "group.instance.id"}));
  return KafkaClient::make(KafkaRole::consumer, properties, nullptr);
}

class KafkaRange : public Source {
 public:
  KafkaRange(Config config, OffsetRanges ranges) : config_(std::move(config)), ranges_(std::move(ranges)) {}
  ~KafkaRange() override { close(); }

  Result<void> open(const Checkpoint&) override {
    Checkpoint begin;
    for (const auto& [partition, range] : ranges_) begin.next[partition] = Offset{range.begin};
    return start(begin);
  }

  Result<ReadOutcome> read(std::chrono::milliseconds patience, RawBatch& out) override {
    out.clear();
    if (!client_) return failed("reading", topic(), "it is not open");
    fetch(messages_.empty() ? patience : 0ms);
    if (problem_) return tl::unexpected(*std::exchange(problem_, std::nullopt));
    if (messages_.empty()) return left_.empty() ? ReadOutcome::finished : ReadOutcome::nothing_yet;
    messages_.take(kBatchRows, out);
    out.is_backlog = true;
    return ReadOutcome::rows;
  }

  Result<Checkpoint> rewind(const Checkpoint& to) override {
    CHURNSTREAM_TRY(start(to));
    return to;
  }
  Result<void> commit(const Checkpoint&) override { return {}; }

  void close() noexcept override {
    if (!client_) return;
    messages_.keep_only([](std::int32_t) { return false; });
    queue_.reset();
    rd_kafka_consumer_close(client_->get());
    client_.reset();
  }

 private:
  using List = KafkaOwned<rd_kafka_topic_partition_list_t>;
  const std::string& topic() const { return config_.text("topic"); }

  Result<void> start(const Checkpoint& begin) {
    close();
    CHURNSTREAM_TRY_ASSIGN(KafkaClient client, make_client(config_));
    client_.emplace(std::move(client));
    const List list(rd_kafka_topic_partition_list_new(static_cast<int>(ranges_.size())));
    left_.clear();
    for (const auto& [partition, range] : ranges_) {
      const std::int64_t from = std::max(range.begin, number_of(next_in(begin, partition)));
      if (from >= range.end) continue;
      left_[partition.number] = range.end;
      rd_kafka_topic_partition_list_add(list.get(), topic().c_str(), partition.number)->offset = from;
    }
    rd_kafka_poll_set_consumer(client_->get());
    queue_.reset(rd_kafka_queue_get_consumer(client_->get()));
    const rd_kafka_resp_err_t code = rd_kafka_assign(client_->get(), list.get());
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    return tl::unexpected(client_->error("reading", topic(), code));
  }

  void fetch(std::chrono::milliseconds patience) {
    KafkaMessages::Message first(rd_kafka_consumer_poll(client_->get(), static_cast<int>(patience.count())));
    if (!first) return;
    take(std::move(first));
    if (messages_.size() >= kBatchRows) return;
    const ssize_t count =
        rd_kafka_consume_batch_queue(queue_.get(), 0, batch_.data(), kBatchRows - messages_.size());
    for (ssize_t index = 0; index < count; ++index)
      take(KafkaMessages::Message(batch_[static_cast<std::size_t>(index)]));
  }

  // A partition is read once its last record was, or once its end was: the last ones may be markers of
  // transactions, which nobody sees.
  void take(KafkaMessages::Message message) {
    const auto end = left_.find(message->partition);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (end == left_.end()) return;
      const bool is_inside = message->offset < end->second;
      if (message->offset + 1 >= end->second) left_.erase(end);
      if (is_inside) messages_.add(std::move(message));
      return;
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (end != left_.end()) left_.erase(end);
      return;
    }
    Error error = client_->error("reading", topic(), message->err, rd_kafka_message_errstr(message.get()));
    if (message->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
        message->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
      problem_ = wrong("reading", topic(), "records of the stretch are gone meanwhile: " + error.message,
                       "name a later --from")
                     .value();
    else
      log_warn(error.message);
  }

  const Config config_;
  const OffsetRanges ranges_;
  std::optional<KafkaClient> client_;
  KafkaOwned<rd_kafka_queue_t> queue_;
  std::array<rd_kafka_message_t*, kBatchRows> batch_{};
  KafkaMessages messages_;
  std::map<std::int32_t, std::int64_t> left_;  // the ends of what is not read to its end
  std::optional<Error> problem_;
};

// Where a place lies in a partition that goes from `low` to `high`; nothing where it does not name it.
Result<std::optional<std::int64_t>> offset_of(const KafkaClient& client, const std::string& topic,
                                              const SourcePlace& place, std::int32_t partition,
                                              const OffsetRange& there) {
  switch (place.at) {
    case SourcePlace::At::earliest: return there.begin;
    case SourcePlace::At::latest: return there.end;
    case SourcePlace::At::offsets: {
      const auto named = place.offsets.find(partition);
      return named == place.offsets.end() ? std::nullopt : std::optional(named->second);
    }
    case SourcePlace::At::time: break;
  }
  CHURNSTREAM_TRY_ASSIGN(const std::int64_t offset,
                         kafka_offset_at(client, topic, partition, place.time_us, there.end));
  return std::optional(offset);
}

}  // namespace

Result<OffsetRanges> ranges_of_topic(const Config& config, const SourceRange& range) {
  const std::string& topic = config.text("topic");
  CHURNSTREAM_TRY_ASSIGN(const KafkaClient client, make_client(config));
  CHURNSTREAM_TRY_ASSIGN(const KafkaTopic facts, look_up_topic(client, topic, kPatience));
  for (const SourcePlace* place : {&range.from, &range.to})
    if (!place->offsets.empty() && place->offsets.rbegin()->first >= facts.partitions)
      return wrong("reading a stretch of", topic,
                   fmt::format("it has no partition {}", place->offsets.rbegin()->first));
  OffsetRanges ranges;
  for (std::int32_t partition = 0; partition < facts.partitions; ++partition) {
    OffsetRange there;
    const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(client.get(), topic.c_str(), partition,
                                                                      &there.begin, &there.end, kPatienceMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected(client.error("asking how far it goes", topic, code));
    CHURNSTREAM_TRY_ASSIGN(const auto begin, offset_of(client, topic, range.from, partition, there));
    CHURNSTREAM_TRY_ASSIGN(const auto end, offset_of(client, topic, range.to, partition, there));
    if (!begin || !end) continue;
    if (*begin < there.begin)
      log_warn(fmt::format("records {} to {} of {}/{} are gone: reading begins behind them", *begin,
                           there.begin - 1, topic, partition));
    const OffsetRange found{std::max(*begin, there.begin), std::min(*end, there.end)};
    if (found.begin < found.end) ranges[{topic, partition}] = found;
  }
  return ranges;
}

std::unique_ptr<Source> make_kafka_range(const Config& config, OffsetRanges ranges) {
  return std::make_unique<KafkaRange>(config, std::move(ranges));
}

}  // namespace churnstream
