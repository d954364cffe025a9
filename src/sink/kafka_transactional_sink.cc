#include <fmt/format.h>

#include <algorithm>
#include <set>
#include <thread>

#include "base/crash_point.h"
#include "base/log.h"
#include "sink/kafka_refused_headers.h"
#include "sink/kafka_sink.h"
#include "sink/kafka_sink_settings.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;
using Clock = std::chrono::steady_clock;

constexpr auto kPatience = 2s;          // of one call to librdkafka: nobody waits without bound
constexpr auto kFlushPatience = 100ms;  // of messages that linger; the commit waits for all that are left
constexpr auto kRetryPause = 5ms;       // of a call that says it may be repeated
constexpr auto kSilenceMax = 4s;        // longer than that, and the log says what is waited for
// Tags of messages that are no scored row.
constexpr std::size_t kTombstone = static_cast<std::size_t>(-1);
constexpr std::size_t kRefusedRow = static_cast<std::size_t>(-2);

using KafkaError = KafkaOwned<rd_kafka_error_t>;

class KafkaTransactionalSink : public TransactionalSink {
 public:
  KafkaTransactionalSink(KafkaProperties properties, KafkaRecordSettings records, std::string group,
                         std::string refused_topic, std::chrono::nanoseconds timeout)
      : properties_(std::move(properties)),
        records_(std::move(records)),
        group_(std::move(group)),
        refused_topic_(std::move(refused_topic)),
        timeout_(timeout) {}

  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    CHURNSTREAM_TRY(records_.open(assignment));
    properties_["transactional.id"] = group_ + "-" + assignment.owner;
    if (!producer_) {
      CHURNSTREAM_TRY_ASSIGN(producer_, KafkaProducer::make(properties_));
    }
    CHURNSTREAM_TRY(producer_->look_for(records_.topic(), kPatience));
    if (!refused_topic_.empty()) CHURNSTREAM_TRY(producer_->look_for(refused_topic_, kPatience));
    CHURNSTREAM_TRY(fit_batches_to_topic(producer_, properties_, records_.topic()));
    CHURNSTREAM_TRY(take_our_place());
    return std::nullopt;
  }

  Result<void> begin() override {
    if (!producer_) {
      CHURNSTREAM_TRY_ASSIGN(producer_, KafkaProducer::make(properties_));
      is_placed_ = false;
    }
    if (!is_placed_) CHURNSTREAM_TRY(take_our_place());
    const KafkaError error(rd_kafka_begin_transaction(producer_->get()));
    if (error) return tl::unexpected(error_of("beginning a transaction", error.get()));
    begun_at_ = Clock::now();
    reported_before_ = producer_->reported();
    rows_.clear();
    refused_now_.clear();
    trouble_.clear();
    has_learned_ = false;
    return {};
  }

  WriteOutcome write(const ScoredBatch& rows, const Checkpoint&) override {
    if (seeded_bug("commit_past_a_hole") && ++writes_ % 10 == 0) return Delivered{};
    const Extent& extent = rows.rows.extent();
    const std::size_t partition = index_of(extent.partition);
    RefusedRows refused;
    rd_kafka_resp_err_t problem = RD_KAFKA_RESP_ERR_NO_ERROR;
    records_.each(rows, [&](KafkaProducer::Message message) {
      const std::size_t row = message.tag;
      bool goes_alone = false;
      if (row < rows.num_rows()) {
        const Address address{extent.partition, extent.offsets[row]};
        if (const auto known = refused_before_.find(address); known != refused_before_.end()) {
          if (message.headers != nullptr) rd_kafka_headers_destroy(message.headers);
          refused_now_.push_back(address);
          refused.rows.push_back(refused_row(rows, row, rd_kafka_err2str(known->second)));
          return true;
        }
        message.tag = rows_.size();
        rows_.push_back({partition, address.second});
        goes_alone = suspects_.contains(address);
      } else {
        message.tag = kTombstone;
      }
      const auto produce = [&] { return producer_->produce(records_.topic(), message, patience_left()); };
      const rd_kafka_resp_err_t code = goes_alone ? alone(produce) : produce();
      if (is_refusal(code) && row < rows.num_rows())
        refused.rows.push_back(refused_row(rows, row, rd_kafka_err2str(code)));
      else
        problem = code;
      return problem == RD_KAFKA_RESP_ERR_NO_ERROR;
    });
    if (problem != RD_KAFKA_RESP_ERR_NO_ERROR) return stopped(records_.topic(), problem);
    if (!refused.rows.empty()) return refused;
    return Delivered{};
  }

  WriteOutcome write_refused(const std::vector<RefusedRow>& rows) override {
    for (const RefusedRow& row : rows) {
      KafkaProducer::Message message{
          .key = row.record_key, .value = row.raw, .headers = refused_headers_of(row), .tag = kRefusedRow};
      const rd_kafka_resp_err_t code = producer_->produce(refused_topic_, message, patience_left());
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return stopped(refused_topic_, code);
    }
    return Delivered{};
  }

  CommitOutcome commit(const Checkpoint& after, const GroupToken& group) override {
    producer_->wait(kFlushPatience);
    if (const std::optional<CommitOutcome> ended = send_offsets(after, group)) return *ended;
    crash_point("after_send_offsets");
    Said said(Clock::now());
    for (;;) {
      const KafkaError error(
          rd_kafka_commit_transaction(producer_->get(), static_cast<int>(Ms(kPatience).count())));
      crash_point("inside_commit");
      if (!error) {
        for (const Address& row : refused_now_) refused_before_.erase(row);  // it will not come again
        return Committed{};
      }
      if (rd_kafka_error_is_fatal(error.get())) return fatal(error.get());
      if (rd_kafka_error_txn_requires_abort(error.get())) return give_up(error.get());
      // A call that timed out goes on inside; calling again picks it up.
      if (!rd_kafka_error_is_retriable(error.get()) || is_late()) return outcome_unknown(error.get());
      said.when_long("waiting for the broker to commit", rd_kafka_error_string(error.get()));
    }
  }

  Result<void> abort() override {
    if (!producer_) return {};
    note_refusals();
    if (is_doubtful_) {
      drop_producer();
      return {};
    }
    // An abort that overtakes the first record's way into the transaction ends the producer (librdkafka
    // 4849).
    const bool nothing_arrived = !rows_.empty() && producer_->reported() == reported_before_;
    if (nothing_arrived) producer_->wait(1s);
    const Clock::time_point give_up_at = Clock::now() + timeout_;
    Said said(Clock::now());
    for (;;) {
      const KafkaError error(
          rd_kafka_abort_transaction(producer_->get(), static_cast<int>(Ms(kPatience).count())));
      note_refusals();
      if (!error) return {};
      if (rd_kafka_error_is_fatal(error.get()) || !rd_kafka_error_is_retriable(error.get()) ||
          Clock::now() >= give_up_at) {
        // Another producer in our place aborts what this one began.
        log_warn(fmt::format("the transaction could not be aborted, the producer is made anew: {}",
                             rd_kafka_error_string(error.get())));
        drop_producer();
        return {};
      }
      said.when_long("waiting for the broker to abort", rd_kafka_error_string(error.get()));
    }
  }

  bool has_learned() const override { return has_learned_; }

  void close() noexcept override { drop_producer(); }

 private:
  using Ms = std::chrono::milliseconds;
  using Address = std::pair<Partition, Offset>;
  struct WrittenRow {
    std::size_t partition;  // in partitions_: a name for each of a hundred thousand rows would be megabytes
    Offset offset;
  };

  // Says something about a long wait, now and then.
  struct Said {
    explicit Said(Clock::time_point now) : at(now) {}
    void when_long(const char* what, const char* why) {
      if (Clock::now() - at < kSilenceMax) return;
      at = Clock::now();
      log_warn(fmt::format("{}: {}", what, why));
    }
    Clock::time_point at;
  };

  bool is_late() const { return Clock::now() - begun_at_ > timeout_; }
  Ms patience_left() const {
    return std::max(Ms(1), std::chrono::duration_cast<Ms>(begun_at_ + timeout_ - Clock::now()));
  }

  // Ends whatever an earlier owner of our transactional id left behind (KIP-98).
  Result<void> take_our_place() {
    const Clock::time_point give_up_at = Clock::now() + timeout_;
    for (;;) {
      const KafkaError error(
          rd_kafka_init_transactions(producer_->get(), static_cast<int>(Ms(kPatience).count())));
      if (!error) break;
      if (rd_kafka_error_is_fatal(error.get())) {
        const Error told = error_of("taking our place for transactions", error.get());
        drop_producer();
        return tl::unexpected(told);
      }
      if (!rd_kafka_error_is_retriable(error.get()) || Clock::now() >= give_up_at)
        return tl::unexpected(error_of("taking our place for transactions", error.get()));
      std::this_thread::sleep_for(kRetryPause);
    }
    is_placed_ = true;
    return {};
  }

  std::optional<CommitOutcome> send_offsets(const Checkpoint& after, const GroupToken& group) {
    const KafkaOwned<rd_kafka_topic_partition_list_t> offsets(
        rd_kafka_topic_partition_list_new(static_cast<int>(after.next.size())));
    for (const auto& [partition, next] : after.next) {
      rd_kafka_topic_partition_t* entry =
          rd_kafka_topic_partition_list_add(offsets.get(), partition.topic.c_str(), partition.number);
      entry->offset = number_of(next);
      const auto identity = after.identity.find(partition.topic);
      if (identity == after.identity.end() || identity->second.empty()) continue;
      entry->metadata = ::strdup(identity->second.c_str());
      entry->metadata_size = identity->second.size();
    }
    const auto* metadata = static_cast<const rd_kafka_consumer_group_metadata_t*>(group.handle.get());
    if (metadata == nullptr) return give_up(nullptr);
    Said said(Clock::now());
    for (;;) {
      const KafkaError error(rd_kafka_send_offsets_to_transaction(producer_->get(), offsets.get(), metadata,
                                                                  static_cast<int>(Ms(kPatience).count())));
      if (!error) return std::nullopt;
      if (rd_kafka_error_is_fatal(error.get())) return fatal(error.get());
      if (rd_kafka_error_txn_requires_abort(error.get())) return give_up(error.get());
      // Unlike a commit this call cannot be resumed once it has timed out.
      const bool timed_out = rd_kafka_error_code(error.get()) == RD_KAFKA_RESP_ERR__TIMED_OUT;
      if (timed_out || !rd_kafka_error_is_retriable(error.get()) || is_late())
        return outcome_unknown(error.get());
      said.when_long("waiting for the broker to take the offsets", rd_kafka_error_string(error.get()));
      std::this_thread::sleep_for(kRetryPause);
    }
  }

  // Without an answer in time a request may still be under way, and would count for a later transaction of
  // the same producer (the hole that KIP-890 mends): nothing of it may follow.
  CommitOutcome give_up(const rd_kafka_error_t* error) {
    if (error != nullptr && got_no_answer(rd_kafka_error_code(error))) return outcome_unknown(error);
    const std::string reason =
        error == nullptr ? "the group is not joined yet" : rd_kafka_error_string(error);
    if (const Result<void> aborted = abort(); !aborted) return Broken{aborted.error()};
    return Aborted{trouble_.empty() ? reason : trouble_};
  }

  // It may have happened or not. Whoever takes our transactional id next learns it from the broker, so that
  // is what we do; the group then says how far it got.
  CommitOutcome outcome_unknown(const rd_kafka_error_t* error) {
    std::string reason = rd_kafka_error_string(error);
    if (producer_->under_way() > 0) reason += "; under way: " + producer_->what_is_under_way();
    note_refusals();
    drop_producer();
    return Aborted{"no answer from the broker: " + reason};
  }

  // Fenced while we were in time means that somebody else took our place. Fenced after standing still for
  // longer than a transaction may last is what the broker does to transactions that time out. Whatever else
  // is fatal is so for this producer only, which has lost its count of what the broker has.
  CommitOutcome fatal(const rd_kafka_error_t* error) {
    const bool timed_out = is_late();
    const Error told = error_of("committing", error);
    drop_producer();
    if (timed_out) return Aborted{"the transaction timed out: " + told.message};
    if (is_fenced(rd_kafka_error_code(error))) return Broken{told};
    return Aborted{"the producer is made anew: " + told.message};
  }

  static bool is_fenced(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__FENCED || code == RD_KAFKA_RESP_ERR_PRODUCER_FENCED ||
           code == RD_KAFKA_RESP_ERR_INVALID_PRODUCER_EPOCH;
  }

  static bool got_no_answer(rd_kafka_resp_err_t code) {
    return code == RD_KAFKA_RESP_ERR__TIMED_OUT || code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT ||
           code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT;
  }

  Error error_of(std::string_view doing, const rd_kafka_error_t* error) {
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error);
    const std::string& id = properties_.at("transactional.id");
    if (is_fenced(code))
      return wrong(doing, id, "another process uses this transactional id now",
                   "give every process a [run] instance of its own")
          .value();
    Error told = producer_->client().error(doing, id, code, rd_kafka_error_string(error));
    if (rd_kafka_error_is_fatal(error)) told.kind = ErrorKind::wrong;
    return told;
  }

  // What failed before in this transaction says more than that nothing may be added to it any more.
  TryAgain stopped(const std::string& topic, rd_kafka_resp_err_t code) {
    if (code == RD_KAFKA_RESP_ERR__STATE) {
      rd_kafka_poll(producer_->get(), 0);
      note_refusals();
    }
    return trouble_.empty() ? failed_write(topic, code) : TryAgain{.reason = trouble_};
  }

  TryAgain failed_write(const std::string& topic, rd_kafka_resp_err_t code) {
    return TryAgain{.reason = producer_->client().error("writing to the topic", topic, code).message};
  }

  // Gives the row that was added last a batch of its own; one that arrives is no suspect any more.
  template <typename Produce>
  rd_kafka_resp_err_t alone(Produce produce) {
    const auto send_all = [this] {
      while (producer_->under_way() > 0 && !is_late()) producer_->wait(kPatience);
    };
    send_all();
    const std::size_t failed_before = producer_->failed();
    const rd_kafka_resp_err_t code = produce();
    send_all();
    if (producer_->under_way() == 0 && producer_->failed() == failed_before)
      suspects_.erase(address_of(rows_.back()));
    return code;
  }

  // What a broker refuses for good fails the whole transaction; the next one leaves it out. A broker refuses
  // a batch as a whole, though: where several rows fail, each is sent alone in the next transaction, and is
  // refused when it fails again. Every other failure is trouble that passes, or waits for somebody to help.
  void note_refusals() {
    if (!producer_) return;
    std::vector<KafkaProducer::Failure> refused;
    for (const KafkaProducer::Failure& failure : producer_->take_failures()) {
      if (failure.tag < rows_.size() && is_refusal(failure.code))
        refused.push_back(failure);
      else
        note_trouble(failure);
    }
    if (!refused.empty() && trouble_.empty())
      trouble_ = "the broker refused rows for good: they are sent alone, or left out";
    has_learned_ = has_learned_ || !refused.empty();
    for (const KafkaProducer::Failure& failure : refused) {
      const Address row = address_of(rows_[failure.tag]);
      if (refused.size() > 1 && suspects_.insert(row).second) continue;
      suspects_.erase(row);
      refused_before_[row] = failure.code;
    }
  }

  void note_trouble(const KafkaProducer::Failure& failure) {
    if (failure.code == RD_KAFKA_RESP_ERR__PURGE_QUEUE || failure.code == RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
      return;  // by ourselves, at an abort
    if (got_no_answer(failure.code)) is_doubtful_ = true;
    trouble_ =
        failed_write(failure.tag == kRefusedRow ? refused_topic_ : records_.topic(), failure.code).reason;
  }

  Address address_of(const WrittenRow& row) const { return {partitions_[row.partition], row.offset}; }

  std::size_t index_of(const Partition& partition) {
    const auto known = std::find(partitions_.begin(), partitions_.end(), partition);
    if (known != partitions_.end()) return static_cast<std::size_t>(known - partitions_.begin());
    partitions_.push_back(partition);
    return partitions_.size() - 1;
  }

  void drop_producer() noexcept {
    producer_.reset();
    is_placed_ = is_doubtful_ = false;
  }

  KafkaProperties properties_;
  KafkaRecords records_;
  const std::string group_, refused_topic_;
  const std::chrono::nanoseconds timeout_;
  std::unique_ptr<KafkaProducer> producer_;
  bool is_placed_ = false;    // init_transactions has succeeded
  bool is_doubtful_ = false;  // a message got no answer in time: it may arrive later than we think
  bool has_learned_ = false;  // what failed in the last transaction will not be in the next one as it was
  Clock::time_point begun_at_;
  std::size_t reported_before_ = 0;
  std::vector<WrittenRow> rows_;       // of the open transaction, by tag
  std::vector<Partition> partitions_;  // all that were ever written: as many as the topic has
  std::map<Address, rd_kafka_resp_err_t> refused_before_;
  std::vector<Address> refused_now_;  // those of them that the open transaction leaves out
  std::set<Address> suspects_;        // of a batch that was refused, until each was sent alone
  std::string trouble_;               // why something of the open transaction did not arrive
  std::size_t writes_ = 0;
};

}  // namespace

Result<std::unique_ptr<TransactionalSink>> make_kafka_transactional_sink(const Config& config,
                                                                         const std::string& group,
                                                                         const Config* refused) {
  const std::chrono::nanoseconds timeout = config.duration("transaction_timeout");
  const std::string ms =
      std::to_string(std::chrono::duration_cast<std::chrono::milliseconds>(timeout).count());
  CHURNSTREAM_TRY_ASSIGN(KafkaProperties properties,
                         kafka_producer_properties_of(config, {{"transaction.timeout.ms", ms}}));
  return std::make_unique<KafkaTransactionalSink>(std::move(properties), kafka_record_settings_of(config),
                                                  group, refused == nullptr ? "" : refused->text("topic"),
                                                  timeout);
}

}  // namespace churnstream
