#include "source/kafka_source.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <optional>

#include "base/log.h"
#include "source/kafka_assignment.h"
#include "source/kafka_messages.h"
#include "source/kafka_settings.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBacklog = 1'000;  // records that wait
constexpr auto kLookPatience = 5s;
constexpr auto kPausedAfter = 1s;      // a lane that takes nothing for so long has its partitions paused
constexpr auto kAssignedWithin = 10s;  // under "auto": then the older protocol is tried
constexpr auto kAskAgainAfter = 50ms;  // whether the other members have come to the end
constexpr auto kSettledAfter = 10s;  // who holds a partition without moving it will not hand it over any more
constexpr std::array kAskEarly = {100ms,   300ms,   1'050ms, 1'150ms,
                                  1'300ms, 1'600ms, 2'200ms};  // after joining
constexpr auto kAloneMax = 10s;   // without a share for longer, and the log says so, again and again
constexpr auto kSilenceMax = 4s;  // longer than that without offsets, and the log says so again

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
    const Result<void> same = assignment_->positions().expect(known->second);
    if (!same) close();
    return same;
  }

  Result<ReadOutcome> read(std::chrono::milliseconds patience, RawBatch& out) override {
    out.clear();
    if (!client_) CHURNSTREAM_TRY(join());
    read_at_ = clock_.steady();
    assignment_->resume();
    ask_early();
    place();
    fetch(messages_.empty() ? patience : 0ms);
    say_when_left_alone();
    if (problem_) return tl::unexpected(*std::exchange(problem_, std::nullopt));
    CHURNSTREAM_TRY(fall_back_where_needed());
    if (messages_.empty()) return is_finished() ? ReadOutcome::finished : ReadOutcome::nothing_yet;
    messages_.take(settings_.batch_rows, out);
    out.is_backlog = messages_.size() + rd_kafka_queue_length(queue_.get()) >= kBacklog;
    if (KafkaAssignment::Held* held = assignment_->find(out.partition.number)) {
      held->next = number_of(out.next);
      held->time_us = out.records.back().time_us;
    }
    return ReadOutcome::rows;
  }

  // Polling keeps our place in the group; paused partitions deliver nothing meanwhile.
  Result<void> stay() override {
    if (!client_) return {};
    if (!assignment_->is_paused() && clock_.steady() - read_at_ > kPausedAfter) assignment_->pause();
    poll(0ms);
    if (problem_) return tl::unexpected(*problem_);  // read() tells it again
    return {};
  }

  Result<Checkpoint> rewind(const Checkpoint&) override {
    if (!client_) CHURNSTREAM_TRY(join());
    messages_.keep_only([](std::int32_t) { return false; });
    assignment_->resume();
    return assignment_->rewind();
  }

  Result<void> commit(const Checkpoint& delivered) override {
    if (!client_) return failed("committing offsets of", settings_.group, "the consumer is being made anew");
    return assignment_->commit(delivered);
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
    return assignment_ ? std::map<std::string, std::string>{{settings_.topic, assignment_->topic_id()}}
                       : std::map<std::string, std::string>();
  }

  std::vector<PartitionLag> lag() const override {
    return assignment_ ? assignment_->lag(clock_.now_us()) : std::vector<PartitionLag>();
  }

  void close() noexcept override {
    if (!client_) return;
    if (!settings_.transactional) assignment_->commit_and_wait();
    if (!assignment_->empty()) say_given_up(assignment_->numbers());
    is_closing_ = true;
    rd_kafka_consumer_close(client_->get());
    is_closing_ = has_left_ = false;
    messages_.keep_only([](std::int32_t) { return false; });
    queue_.reset();
    assignment_.reset();
    client_.reset();
  }

 private:
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
    assignment_.emplace(settings_, *client_, std::move(topic));
    rd_kafka_poll_set_consumer(client_->get());
    queue_.reset(rd_kafka_queue_get_consumer(client_->get()));
    CHURNSTREAM_TRY(subscribe());
    joined_at_ = read_at_ = clock_.steady();
    alone_since_ = joined_at_;
    asked_early_ = 0;
    return {};
  }

  Result<void> subscribe() {
    const KafkaOwned<rd_kafka_topic_partition_list_t> topics(rd_kafka_topic_partition_list_new(1));
    rd_kafka_topic_partition_list_add(topics.get(), settings_.topic.c_str(), RD_KAFKA_PARTITION_UA);
    const rd_kafka_resp_err_t code = rd_kafka_subscribe(client_->get(), topics.get());
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected(client_->error("joining the group", settings_.group, code));
    return {};
  }

  // Under KIP-848 a member hears of a change with its next heartbeat, by default 5 s later; subscribing again
  // sends one at once. While a process starts, its lanes share the partitions out in a fraction of a second
  // this way and not in two heartbeats.
  void ask_early() {
    if (protocol_ != GroupProtocol::consumer || asked_early_ == kAskEarly.size()) return;
    if (clock_.steady() - joined_at_ < kAskEarly[asked_early_]) return;
    ++asked_early_;
    if (const Result<void> asked = subscribe(); !asked) log_warn(asked.error().message);
  }

  // One message within the patience, then whatever has arrived with it, up to a full batch: the batch call
  // would wait out its patience for a full array. What stay() has polled is filled up, too: a batch of two
  // rows costs a sink as much time as one of thousands.
  void fetch(std::chrono::milliseconds patience) {
    if (messages_.size() >= settings_.batch_rows || !poll(patience)) return;
    batch_.resize(settings_.batch_rows - messages_.size());
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
    KafkaAssignment::Held* held = assignment_->find(message->partition);
    if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
      if (held == nullptr || message->offset < held->next) return;  // of before a rewind or a rebalance
      held->is_at_end = false;
      held->fetched = message->offset + 1;
      return messages_.add(std::move(message));
    }
    if (message->err == RD_KAFKA_RESP_ERR__PARTITION_EOF) {
      if (held == nullptr) return;
      held->is_at_end = true;
      held->end_seen = std::max(held->end_seen, message->offset);
      return;
    }
    take_trouble(*message);
  }

  void take_trouble(const rd_kafka_message_t& message) {
    if (message.err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET ||
        message.err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE) {
      if (const Result<void> gone_on = assignment_->skip_loss(message.partition); !gone_on)
        problem_ = gone_on.error();
      return;
    }
    if (message.err == RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED)
      return log_warn(
          "the lane stood still for longer than max_poll_interval and lost its partitions; it joins again");
    if (message.err == RD_KAFKA_RESP_ERR__FATAL || client_->fatal()) {
      if (is_trying_) {  // the group cannot be turned into one of the newer protocol now
        is_too_new_ = true;
        return;
      }
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
    if (is_closing_) return leave(handle);
    const char* protocol = rd_kafka_rebalance_protocol(handle);
    const bool is_gradual = protocol != nullptr && std::string_view(protocol) == "COOPERATIVE";
    std::vector<std::int32_t> partitions;
    partitions.reserve(static_cast<std::size_t>(list->cnt));
    for (int index = 0; index < list->cnt; ++index) partitions.push_back(list->elems[index].partition);
    assignment_->resume();  // librdkafka keeps the pause of a partition that goes and comes back
    if (event == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS)
      take_partitions(partitions, is_gradual);
    else
      give_partitions(partitions, is_gradual);
    changed_at_ = clock_.steady();
  }

  // In a close librdkafka takes the first answer, whatever it is, for giving up all there is, and may end the
  // group before it hears a second one: whoever gives or asks it anything then is never answered.
  void leave(rd_kafka_t* handle) {
    if (!std::exchange(has_left_, true) && rd_kafka_consumer_closed(handle) == 0)
      rd_kafka_assign(handle, nullptr);
  }

  void take_partitions(const std::vector<std::int32_t>& partitions, bool is_gradual) {
    assignment_->take(partitions, is_gradual);
    is_trying_ = false;
    alone_since_.reset();
    if (!place()) assignment_->hold_unread();
    log_info(fmt::format("{} reads {} of topic {}", settings_.member, text_of_partitions(partitions),
                         settings_.topic));
  }

  void give_partitions(const std::vector<std::int32_t>& partitions, bool is_gradual) {
    const bool is_lost = rd_kafka_assignment_lost(client_->get()) != 0;
    messages_.keep_only([&](std::int32_t partition) {
      return std::find(partitions.begin(), partitions.end(), partition) == partitions.end();
    });
    const std::vector<Partition> going = assignment_->names_of(partitions);
    if (give_up_ && !going.empty()) give_up_(going, is_lost ? 0ms : settings_.max_poll_interval / 4);
    if (!is_lost && !settings_.transactional) assignment_->commit_and_wait();
    assignment_->give(partitions, is_gradual);
    if (is_lost) alone_since_ = clock_.steady();
    say_given_up(partitions, is_lost ? ", which were lost already" : "");
  }

  void say_given_up(const std::vector<std::int32_t>& partitions, std::string_view how = "") const {
    log_info(fmt::format("{} gives up {} of topic {}{}", settings_.member, text_of_partitions(partitions),
                         settings_.topic, how));
  }

  // The group may take long to answer, for ever where the network swallows the question.
  void say_when_left_alone() {
    const std::chrono::nanoseconds now = clock_.steady();
    if (!alone_since_ || now - *alone_since_ < kAloneMax || now - said_at_ < kAloneMax) return;
    said_at_ = now;
    log_warn(fmt::format("{} waits for its share of topic {} for {:.0f} s: group {} does not answer",
                         settings_.member, settings_.topic,
                         std::chrono::duration<double>(now - *alone_since_).count(), settings_.group));
  }

  // A transaction of a dead member may hide the offsets for as long as it may last.
  bool place() {
    const Result<void> placed = assignment_->place();
    if (placed) return true;
    if (placed.error().kind == ErrorKind::wrong) {
      problem_ = placed.error();
    } else if (clock_.steady() - said_at_ >= kSilenceMax) {
      said_at_ = clock_.steady();
      log_warn(placed.error().message + "; asking again");
    }
    return false;
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
    log_info(is_too_new_ ? "the brokers do not take us by the newer group protocol (KIP-848): classic it is"
                         : "no partitions came by the newer group protocol (KIP-848): classic is tried");
    close();
    is_trying_ = false;
    protocol_ = GroupProtocol::classic;
    return join();
  }

  // Ours are at their ends, and the others' too: partitions that are on their way from one member to another
  // would be left behind otherwise.
  bool is_finished() {
    if (!settings_.until_end || !assignment_->is_read_to_the_end()) return false;
    const std::chrono::nanoseconds now = clock_.steady();
    if (now < ask_again_at_) return false;
    ask_again_at_ = now + kAskAgainAfter;
    return assignment_->positions().others_are_done(assignment_->numbers()) ||
           now - changed_at_ > kSettledAfter;
  }

  const KafkaSourceSettings settings_;
  Clock& clock_;
  bool is_closing_ = false, has_left_ = false;
  bool is_trying_;  // whether the brokers know the newer protocol
  GroupProtocol protocol_;
  std::atomic<bool> is_too_new_{false};
  std::optional<KafkaClient> client_;
  std::optional<KafkaAssignment> assignment_;
  KafkaOwned<rd_kafka_queue_t> queue_;
  std::vector<rd_kafka_message_t*> batch_;
  KafkaMessages messages_;
  std::int32_t partitions_at_start_ = -1;
  RevokeHandler give_up_;
  std::optional<Error> problem_;
  std::optional<std::chrono::nanoseconds> alone_since_;  // without an answer of the group to our joining
  std::size_t asked_early_ = 0;
  std::chrono::nanoseconds joined_at_{0}, read_at_{0}, changed_at_{0}, ask_again_at_{0}, said_at_{0};
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
