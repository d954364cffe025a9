#include "source/kafka_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <cstring>
#include <optional>

#include "base/log.h"
#include "source/kafka_messages.h"
#include "source/kafka_positions.h"
#include "source/kafka_settings.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookPatience = 5s;
constexpr auto kPausedAfter = 1s;      // a lane that takes nothing for so long has its partitions paused
constexpr auto kAssignedWithin = 10s;  // under "auto": then the older protocol is tried
constexpr auto kAskAgainAfter = 50ms;  // whether the other members have come to the end
constexpr auto kSettledAfter = 10s;  // who holds a partition without moving it will not hand it over any more
constexpr int kSeekPatienceMs = 10'000;

class KafkaSource : public Source, private KafkaListener {
 public:
  KafkaSource(KafkaSourceSettings settings, Clock& clock)
      : settings_(std::move(settings)),
        clock_(clock),
        is_trying_(!settings_.protocol && !settings_.transactional),
        protocol_(
            settings_.protocol.value_or(is_trying_ ? GroupProtocol::consumer : GroupProtocol::classic)) {}

  ~KafkaSource() override { close(); }

  // The group keeps positions, but the brokers forget them with a topic that is deleted: what the topic was
  // is remembered by the checkpoint.
  Result<void> open(const Checkpoint& resume_from) override {
    close();
    CHURNSTREAM_TRY(join());
    const auto known = resume_from.identity.find(settings_.topic);
    if (known == resume_from.identity.end()) return {};
    const Result<void> same = positions_->expect(known->second);
    if (!same) close();
    return same;
  }

  Result<ReadOutcome> read(std::chrono::milliseconds patience, RawBatch& out) override {
    out.clear();
    if (!client_) CHURNSTREAM_TRY(join());
    read_at_ = clock_.steady();
    resume();
    if (messages_.empty()) fetch(patience);
    if (problem_) return tl::unexpected(*std::exchange(problem_, std::nullopt));
    CHURNSTREAM_TRY(fall_back_where_needed());
    if (messages_.empty()) return is_finished() ? ReadOutcome::finished : ReadOutcome::nothing_yet;
    messages_.take(settings_.batch_rows, out);
    Held& held = held_[out.partition.number];
    held.next = number_of(out.next);
    held.time_us = out.records.back().time_us;
    return ReadOutcome::rows;
  }

  // Polling keeps our place in the group; paused partitions deliver nothing meanwhile.
  Result<void> stay() override {
    if (!client_) return {};
    if (paused_.empty() && clock_.steady() - read_at_ > kPausedAfter) pause();
    poll(0ms);
    if (problem_) return tl::unexpected(*problem_);  // read() tells it again
    return {};
  }

  Result<Checkpoint> rewind(const Checkpoint&) override {
    if (!client_) CHURNSTREAM_TRY(join());
    messages_.keep_only([](std::int32_t) { return false; });
    resume();
    Checkpoint start;
    if (held_.empty()) return start;
    CHURNSTREAM_TRY_ASSIGN(const auto committed, positions_->committed(held_partitions()));
    const KafkaOwned<rd_kafka_topic_partition_list_t> list(new_list());
    for (auto& [partition, held] : held_) {
      const auto found = committed.find(partition);
      held.next = found == committed.end() ? held.start : found->second.next;
      held.is_at_end = false;
      add(list.get(), partition, held.next);
      start.next[{settings_.topic, partition}] = Offset{held.next};
    }
    const KafkaOwned<rd_kafka_error_t> error(
        rd_kafka_seek_partitions(client_->get(), list.get(), kSeekPatienceMs));
    if (error)
      return tl::unexpected(client_->error("going back in", settings_.topic, rd_kafka_error_code(error.get()),
                                           rd_kafka_error_string(error.get())));
    return start;
  }

  Result<void> commit(const Checkpoint& delivered) override {
    if (!client_) return failed("committing offsets of", settings_.group, "the consumer is being made anew");
    const KafkaOwned<rd_kafka_topic_partition_list_t> list(new_list());
    for (const auto& [partition, next] : delivered.next) {
      const auto held = held_.find(partition.number);
      if (held == held_.end() || number_of(next) <= held->second.committed) continue;
      held->second.committed = number_of(next);
      add(list.get(), partition.number, number_of(next));
    }
    if (list->cnt == 0) return {};
    const rd_kafka_resp_err_t code = rd_kafka_commit(client_->get(), list.get(), 1);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected(client_->error("committing offsets of", settings_.group, code));
    return {};
  }

  void on_revoke(RevokeHandler handler) override { give_up_ = std::move(handler); }

  GroupToken group_token() const override {
    if (!client_) return {};
    return {
        std::shared_ptr<const void>(rd_kafka_consumer_group_metadata(client_->get()), [](const void* group) {
          rd_kafka_consumer_group_metadata_destroy(
              static_cast<rd_kafka_consumer_group_metadata_t*>(const_cast<void*>(group)));
        })};
  }

  std::map<std::string, std::string> identity() const override {
    return positions_ ? std::map<std::string, std::string>{{settings_.topic, positions_->topic().id}}
                      : std::map<std::string, std::string>();
  }

  std::vector<PartitionLag> lag() const override {
    std::vector<PartitionLag> all;
    for (const auto& [partition, held] : held_) {
      PartitionLag lag;
      lag.partition = {settings_.topic, partition};
      lag.start = Offset{held.start};
      lag.next = Offset{held.next};
      std::int64_t low = 0, high = held.end;
      if (rd_kafka_get_watermark_offsets(client_->get(), settings_.topic.c_str(), partition, &low, &high) !=
              RD_KAFKA_RESP_ERR_NO_ERROR ||
          high < held.end)
        high = held.end;
      lag.end = Offset{std::max(high, held.next)};
      if (lag.next >= lag.end || held.is_at_end)
        lag.lag_seconds = 0;
      else if (held.time_us > 0)
        lag.lag_seconds = std::max(0.0, static_cast<double>(clock_.now_us() - held.time_us) / 1e6);
      all.push_back(lag);
    }
    return all;
  }

  void close() noexcept override {
    if (!client_) return;
    commit_and_wait();
    rd_kafka_consumer_close(client_->get());
    messages_.keep_only([](std::int32_t) { return false; });
    held_.clear();
    paused_.clear();
    queue_.reset();
    positions_.reset();
    client_.reset();
    is_assigned_ = false;
  }

 private:
  struct Held {
    std::int64_t start = 0, next = 0, end = 0;  // end: as seen when it was assigned
    std::int64_t committed = -1;
    std::int64_t end_seen = -1;
    EpochMicros time_us = 0;  // of the record read last
    bool is_at_end = false;
  };

  Result<void> join() {
    KafkaProperties properties =
        protocol_ == GroupProtocol::consumer ? settings_.consumer : settings_.classic;
    properties["client.id"] = settings_.member;
    if (settings_.is_static) properties["group.instance.id"] = settings_.member;
    properties["enable.partition.eof"] = "true";
    // The only place where librdkafka says that a broker is too old for the newer protocol.
    if (is_trying_ && protocol_ == GroupProtocol::consumer) properties["debug"] = "cgrp";
    CHURNSTREAM_TRY_ASSIGN(KafkaClient client, KafkaClient::make(KafkaRole::consumer, properties, this));
    CHURNSTREAM_TRY_ASSIGN(KafkaTopic topic, look_up_topic(client, settings_.topic, kLookPatience));
    client_.emplace(std::move(client));
    // Partitions that are known at the first start are old; those that come later begin with their first
    // record.
    if (partitions_at_start_ < 0) partitions_at_start_ = topic.partitions;
    topic.partitions = partitions_at_start_;
    positions_.emplace(settings_, *client_, std::move(topic));
    rd_kafka_poll_set_consumer(client_->get());
    queue_.reset(rd_kafka_queue_get_consumer(client_->get()));
    const KafkaOwned<rd_kafka_topic_partition_list_t> topics(new_list());
    rd_kafka_topic_partition_list_add(topics.get(), settings_.topic.c_str(), RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t code = rd_kafka_subscribe(client_->get(), topics.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected(client_->error("joining the group", settings_.group, code));
    joined_at_ = read_at_ = clock_.steady();
    return {};
  }

  // One message within the patience, then whatever has arrived with it: the batch call would wait out its
  // patience for a full array.
  void fetch(std::chrono::milliseconds patience) {
    if (!poll(patience)) return;
    batch_.resize(settings_.batch_rows);
    const ssize_t count = rd_kafka_consume_batch_queue(queue_.get(), 0, batch_.data(), batch_.size());
    for (ssize_t index = 0; index < count; ++index)
      take(KafkaMessages::Message(batch_[static_cast<std::size_t>(index)]));
  }

  bool poll(std::chrono::milliseconds patience) {
    KafkaMessages::Message message(
        rd_kafka_consumer_poll(client_->get(), static_cast<int>(patience.count())));
    if (!message) return false;
    take(std::move(message));
    return true;
  }

  void take(KafkaMessages::Message message) {
    const auto held = held_.find(message->partition);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (held == held_.end() || message->offset < held->second.next)
        return;  // of before a rewind or a rebalance
      held->second.is_at_end = false;
      return messages_.add(std::move(message));
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (held == held_.end()) return;
      held->second.is_at_end = true;
      held->second.end_seen = std::max(held->second.end_seen, message->offset);
      return;
    }
    take_trouble(*message);
  }

  void take_trouble(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
        message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
      const Result<std::int64_t> next =
          positions_->after_loss(message.partition, held_[message.partition].next);
      if (!next) {
        problem_ = next.error();
        return;
      }
      held_[message.partition].next = *next;
      const KafkaOwned<rd_kafka_topic_partition_list_t> list(new_list());
      add(list.get(), message.partition, *next);
      const KafkaOwned<rd_kafka_error_t> error(
          rd_kafka_seek_partitions(client_->get(), list.get(), kSeekPatienceMs));
      if (error) problem_ = client_->error("going on in", settings_.topic, rd_kafka_error_code(error.get()));
      return;
    }
    if (message.err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED)
      return log_warn(
          "the lane stood still for longer than max_poll_interval and lost its partitions; it joins again");
    if (message.err == RD_KAFKA_RESP_ERR__FATAL || client_->fatal()) {
      const Error fatal = client_->fatal().value_or(Error{rd_kafka_message_errstr(&message)});
      problem_ = wrong("reading as member", settings_.member,
                       "the broker refuses this member for good, another process may have its name: " +
                           fatal.message,
                       "give every process a [run] instance of its own")
                     .value();
      return;
    }
    const Error error =
        client_->error("reading from", settings_.topic, message.err, rd_kafka_message_errstr(&message));
    if (message.err == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART ||
        message.err == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC)
      return log_warn(error.message + ": the topic is not there");
    log_warn(error.message);
  }

  void on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t event,
                    rd_kafka_topic_partition_list_t* list) override {
    const bool is_gradual = std::string_view(rd_kafka_rebalance_protocol(handle)) == "COOPERATIVE";
    if (event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
      take_partitions(handle, list, is_gradual);
    else
      give_partitions(handle, list, is_gradual);
    paused_.clear();  // what is paused at the next stay() is decided anew
    changed_at_ = clock_.steady();
  }

  void take_partitions(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* list, bool is_gradual) {
    std::vector<std::int32_t> partitions;
    for (int index = 0; index < list->cnt; ++index) partitions.push_back(list->elems[index].partition);
    const auto positions = positions_->of(partitions);
    if (!positions) {
      problem_ = positions.error();
      list->cnt = 0;  // nothing is read until this is told
    } else {
      for (int index = 0; index < list->cnt; ++index) {
        const KafkaPosition& position = positions->at(list->elems[index].partition);
        list->elems[index].offset = position.start;
        held_[list->elems[index].partition] = {.start = position.start,
                                               .next = position.start,
                                               .end = position.end,
                                               .committed = position.start};
      }
    }
    if (is_gradual)
      check(rd_kafka_incremental_assign(handle, list));
    else
      check(rd_kafka_assign(handle, list));
    is_assigned_ = true;
    is_trying_ = false;
    log_info(fmt::format("{} reads {} of topic {}", settings_.member, names_of(partitions), settings_.topic));
  }

  void give_partitions(rd_kafka_t* handle, rd_kafka_topic_partition_list_t* list, bool is_gradual) {
    const bool is_lost = rd_kafka_assignment_lost(handle) != 0;
    std::vector<Partition> going;
    std::vector<std::int32_t> numbers;
    for (int index = 0; index < list->cnt; ++index) {
      numbers.push_back(list->elems[index].partition);
      if (held_.contains(numbers.back())) going.push_back({settings_.topic, numbers.back()});
    }
    messages_.keep_only([&](std::int32_t partition) {
      return std::find(numbers.begin(), numbers.end(), partition) == numbers.end();
    });
    if (give_up_ && !going.empty()) give_up_(going, is_lost ? 0ms : settings_.max_poll_interval / 4);
    if (!is_lost) commit_and_wait();
    for (const std::int32_t number : numbers) held_.erase(number);
    if (is_gradual)
      check(rd_kafka_incremental_unassign(handle, list));
    else
      check(rd_kafka_assign(handle, nullptr));
    if (!is_gradual) is_assigned_ = false;
    log_info(fmt::format("{} gives up {} of topic {}{}", settings_.member, names_of(numbers), settings_.topic,
                         is_lost ? ", which were lost already" : ""));
  }

  // Offsets committed without waiting are the group's before anybody else reads.
  void commit_and_wait() {
    if (settings_.transactional) return;
    const KafkaOwned<rd_kafka_topic_partition_list_t> list(new_list());
    for (const auto& [partition, held] : held_)
      if (held.committed > held.start) add(list.get(), partition, held.committed);
    if (list->cnt == 0) return;
    const rd_kafka_resp_err_t code = rd_kafka_commit(client_->get(), list.get(), 0);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      log_warn(client_->error("committing the last offsets of", settings_.group, code).message);
  }

  void on_offset_commit(rd_kafka_resp_err_t code, const rd_kafka_topic_partition_list_t*) override {
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR && code != RD_KAFKA_RESP_ERR__NO_OFFSET)
      log_warn(
          fmt::format("offsets of group {} were not committed: {}", settings_.group, rd_kafka_err2str(code)));
  }

  void on_log(std::string_view, std::string_view line) override {
    if (line.find("not supported by broker") != std::string_view::npos &&
        line.find("ConsumerGroupHeartbeat") != std::string_view::npos)
      is_too_new_ = true;
  }

  // KIP-848 on a broker that does not know it: librdkafka asks for ever, without an error.
  Result<void> fall_back_where_needed() {
    if (!is_trying_) return {};
    if (!is_too_new_ && clock_.steady() - joined_at_ < kAssignedWithin) return {};
    log_info(is_too_new_ ? "the brokers do not have the newer group protocol (KIP-848): classic it is"
                         : "no partitions came by the newer group protocol (KIP-848): classic is tried");
    close();
    is_trying_ = false;
    protocol_ = GroupProtocol::classic;
    return join();
  }

  // Ours are at their ends, and the others' too: partitions that are on their way from one member to another
  // would be left behind otherwise.
  bool is_finished() {
    if (!settings_.until_end || !is_assigned_) return false;
    for (const auto& [partition, held] : held_)
      if (held.next < held.end && held.end_seen < held.end) return false;
    const std::chrono::nanoseconds now = clock_.steady();
    if (now < ask_again_at_) return false;
    ask_again_at_ = now + kAskAgainAfter;
    return positions_->others_are_done(held_partitions()) || now - changed_at_ > kSettledAfter;
  }

  void pause() {
    paused_ = held_partitions();
    if (paused_.empty()) return;
    const KafkaOwned<rd_kafka_topic_partition_list_t> list(list_of(paused_));
    check(rd_kafka_pause_partitions(client_->get(), list.get()));
  }

  // Exactly those that we paused and still hold: resuming others could move their position.
  void resume() {
    if (paused_.empty()) return;
    std::erase_if(paused_, [&](std::int32_t partition) { return !held_.contains(partition); });
    const KafkaOwned<rd_kafka_topic_partition_list_t> list(list_of(paused_));
    check(rd_kafka_resume_partitions(client_->get(), list.get()));
    paused_.clear();
  }

  void check(rd_kafka_resp_err_t code) {
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      log_warn(client_->error("changing the partitions of", settings_.member, code).message);
  }
  void check(rd_kafka_error_t* error) {
    const KafkaOwned<rd_kafka_error_t> owned(error);
    if (owned) check(rd_kafka_error_code(owned.get()));
  }

  static std::string names_of(const std::vector<std::int32_t>& partitions) {
    if (partitions.empty()) return "no partition";
    std::string names = partitions.size() == 1 ? "partition" : "partitions";
    for (const std::int32_t partition : partitions) names += fmt::format(" {}", partition);
    return names;
  }

  std::vector<std::int32_t> held_partitions() const {
    std::vector<std::int32_t> partitions;
    for (const auto& [partition, held] : held_) partitions.push_back(partition);
    return partitions;
  }

  static KafkaOwned<rd_kafka_topic_partition_list_t> new_list() {
    return KafkaOwned<rd_kafka_topic_partition_list_t>(rd_kafka_topic_partition_list_new(16));
  }
  KafkaOwned<rd_kafka_topic_partition_list_t> list_of(const std::vector<std::int32_t>& partitions) const {
    auto list = new_list();
    for (const std::int32_t partition : partitions) add(list.get(), partition, RD_KAFKA_OFFSET_INVALID);
    return list;
  }
  void add(rd_kafka_topic_partition_list_t* list, std::int32_t partition, std::int64_t offset) const {
    rd_kafka_topic_partition_t* entry =
        rd_kafka_topic_partition_list_add(list, settings_.topic.c_str(), partition);
    entry->offset = offset;
    const std::string& id = positions_->topic().id;
    entry->metadata = ::strdup(id.c_str());
    entry->metadata_size = id.size();
  }

  const KafkaSourceSettings settings_;
  Clock& clock_;
  bool is_trying_;  // whether the brokers know the newer protocol
  GroupProtocol protocol_;
  std::atomic<bool> is_too_new_{false};
  std::optional<KafkaClient> client_;
  std::optional<KafkaPositions> positions_;
  KafkaOwned<rd_kafka_queue_t> queue_;
  std::vector<rd_kafka_message_t*> batch_;
  KafkaMessages messages_;
  std::map<std::int32_t, Held> held_;
  std::vector<std::int32_t> paused_;
  std::int32_t partitions_at_start_ = -1;
  bool is_assigned_ = false;
  RevokeHandler give_up_;
  std::optional<Error> problem_;
  std::chrono::nanoseconds joined_at_{0}, read_at_{0}, changed_at_{0}, ask_again_at_{0};
};

}  // namespace

Result<std::unique_ptr<Source>> make_kafka_source(const Config& config, Clock& clock,
                                                  const std::string& member, bool until_end,
                                                  bool transactional) {
  CHURNSTREAM_TRY_ASSIGN(KafkaSourceSettings settings, kafka_source_settings_of(config));
  settings.member = member;
  settings.until_end = until_end;
  if (until_end) settings.is_static = false;  // who comes to an end leaves the group
  settings.transactional = transactional;
  return std::make_unique<KafkaSource>(std::move(settings), clock);
}

}  // namespace churnstream
