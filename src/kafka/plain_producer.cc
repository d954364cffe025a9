#include "kafka/plain_producer.h"

#include <functional>
#include <thread>

#include "kafka/kafka_headers.h"
#include "kafka/kafka_topic.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookPatience = 5s;
constexpr auto kFullPatience = 30s;
constexpr int kCallPatienceMs = 5'000;
constexpr auto kRetryPause = 20ms;

class Producer : public ExactProducer, private KafkaListener {
 public:
  Result<void> connect(const KafkaProperties& properties, const std::string& topic) {
    CHURNSTREAM_TRY_ASSIGN(KafkaClient client, KafkaClient::make(KafkaRole::producer, properties, this));
    client_.emplace(std::move(client));
    CHURNSTREAM_TRY(look_up_topic(*client_, topic, kLookPatience));
    topic_.reset(rd_kafka_topic_new(client_->get(), topic.c_str(), nullptr));
    return {};
  }

  ~Producer() override {
    if (client_) rd_kafka_purge(client_->get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  }

  Result<void> send(const PlainRecord& record) override {
    const auto give_up_at = std::chrono::steady_clock::now() + kFullPatience;
    for (;;) {
      const rd_kafka_resp_err_t code = try_send(record);
      if (code == RD_KAFKA_RESP_ERR_NO_ERROR) break;
      if (code != RD_KAFKA_RESP_ERR__QUEUE_FULL || std::chrono::steady_clock::now() >= give_up_at)
        return tl::unexpected(client_->error("sending to", rd_kafka_topic_name(topic_.get()), code));
      rd_kafka_poll(client_->get(), 20);
    }
    ++sent_;
    if (sent_ % 1'000 == 0) serve();
    return {};
  }

  // Ends what an earlier process under our name left behind.
  Result<void> take_place() {
    return repeat("taking the place for transactions", [this](int patience_ms) {
      return rd_kafka_init_transactions(client_->get(), patience_ms);
    });
  }

  Result<void> begin() override {
    return repeat("beginning a transaction",
                  [this](int) { return rd_kafka_begin_transaction(client_->get()); });
  }

  Result<void> commit(const TopicReader& reader) override {
    const KafkaOwned<rd_kafka_topic_partition_list_t> offsets(rd_kafka_topic_partition_list_new(16));
    for (const auto& [partition, next] : reader.positions())
      rd_kafka_topic_partition_list_add(offsets.get(), reader.topic().c_str(), partition)->offset = next;
    const KafkaOwned<rd_kafka_consumer_group_metadata_t> group(
        rd_kafka_consumer_group_metadata(reader.client().get()));
    CHURNSTREAM_TRY(repeat("committing the positions", [&](int patience_ms) {
      return rd_kafka_send_offsets_to_transaction(client_->get(), offsets.get(), group.get(), patience_ms);
    }));
    return repeat("committing", [this](int patience_ms) {
      return rd_kafka_commit_transaction(client_->get(), patience_ms);
    });
  }

  void serve() override { rd_kafka_poll(client_->get(), 0); }
  void flush(std::chrono::milliseconds patience) override {
    rd_kafka_flush(client_->get(), static_cast<int>(patience.count()));
  }
  std::uint64_t sent() const override { return sent_; }
  std::uint64_t acknowledged() const override { return acknowledged_; }
  std::string problem() const override { return problem_; }

 private:
  // Calls again what librdkafka says may be called again.
  Result<void> repeat(const char* doing, const std::function<rd_kafka_error_t*(int patience_ms)>& call) {
    const auto give_up_at = std::chrono::steady_clock::now() + kFullPatience;
    for (;;) {
      const KafkaOwned<rd_kafka_error_t> error(call(kCallPatienceMs));
      if (!error) return {};
      if (!rd_kafka_error_is_retriable(error.get()) || std::chrono::steady_clock::now() >= give_up_at)
        return tl::unexpected(
            client_->error(doing, rd_kafka_topic_name(topic_.get()), rd_kafka_error_code(error.get()),
                           problem_.empty() ? rd_kafka_error_string(error.get()) : problem_));
      std::this_thread::sleep_for(kRetryPause);
    }
  }

  rd_kafka_resp_err_t try_send(const PlainRecord& record) {
    void* value = record.is_tombstone ? nullptr : const_cast<char*>(record.value.data());
    const void* key = record.key ? record.key->data() : nullptr;
    const std::size_t key_length = record.key ? record.key->size() : 0;
    if (record.headers.empty() && record.time_us == 0)
      return rd_kafka_produce(topic_.get(), RD_KAFKA_PARTITION_UA, RD_KAFKA_MSG_F_COPY, value,
                              record.value.size(), key, key_length, nullptr) == 0
                 ? RD_KAFKA_RESP_ERR_NO_ERROR
                 : rd_kafka_last_error();
    rd_kafka_headers_t* headers = rd_kafka_headers_new(4);
    add_headers(headers, record.headers);
    const rd_kafka_resp_err_t code = rd_kafka_producev(
        client_->get(), RD_KAFKA_V_RKT(topic_.get()), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
        RD_KAFKA_V_VALUE(value, record.value.size()), RD_KAFKA_V_KEY(key, key_length),
        RD_KAFKA_V_HEADERS(headers), RD_KAFKA_V_TIMESTAMP(record.time_us / 1'000), RD_KAFKA_V_END);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR) rd_kafka_headers_destroy(headers);
    return code;
  }

  void on_delivery(const rd_kafka_message_t& message) override {
    if (message.err == RD_KAFKA_RESP_ERR_NO_ERROR)
      ++acknowledged_;
    else
      problem_ = client_->error("sending to", rd_kafka_topic_name(message.rkt), message.err).message;
  }

  std::optional<KafkaClient> client_;
  KafkaOwned<rd_kafka_topic_t> topic_;
  std::uint64_t sent_ = 0, acknowledged_ = 0;
  std::string problem_;
};

Result<std::unique_ptr<Producer>> make_producer(const KafkaProperties& properties, const std::string& topic,
                                                const KafkaProperties& kept) {
  KafkaProperties all = {{"client.id", "churnstream"},
                         {"compression.type", "lz4"},
                         {"partitioner", "murmur2_random"},
                         {"linger.ms", "10"},
                         {"queue.buffering.max.messages", "500000"},
                         {"queue.buffering.max.kbytes", "131072"},
                         {"message.timeout.ms", "60000"},
                         {"log.connection.close", "false"}};
  for (const KafkaProperties* more : {&properties, &kept})
    for (const auto& [name, value] : *more) all[name] = value;
  all["enable.idempotence"] = "true";
  all["acks"] = "all";
  auto producer = std::make_unique<Producer>();
  CHURNSTREAM_TRY(producer->connect(all, topic));
  return producer;
}

}  // namespace

Result<std::unique_ptr<PlainProducer>> PlainProducer::connect(
    const std::map<std::string, std::string>& properties, const std::string& topic) {
  return make_producer(properties, topic, {});
}

Result<std::unique_ptr<ExactProducer>> ExactProducer::connect(
    const std::map<std::string, std::string>& properties, const std::string& topic, const std::string& name) {
  CHURNSTREAM_TRY_ASSIGN(std::unique_ptr<Producer> producer,
                         make_producer(properties, topic,
                                       {{"transactional.id", name},
                                        {"transaction.timeout.ms", "60000"},
                                        {"message.timeout.ms", "50000"}}));
  CHURNSTREAM_TRY(producer->take_place());
  return producer;
}

}  // namespace churnstream
