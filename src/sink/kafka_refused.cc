#include "sink/kafka_refused.h"

#include "sink/kafka_producer.h"
#include "sink/kafka_refused_headers.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookPatience = 5s;
constexpr auto kDeliveryPatience = 30s;

class KafkaRefusedStore : public RefusedStore {
 public:
  KafkaRefusedStore(std::unique_ptr<KafkaProducer> producer, std::string topic)
      : producer_(std::move(producer)), topic_(std::move(topic)) {}

  Result<void> open(const Checkpoint&) override { return producer_->look_for(topic_, kLookPatience); }

  Result<void> write(const std::vector<RefusedRow>& rows) override {
    for (const RefusedRow& row : rows) {
      const rd_kafka_resp_err_t code = producer_->produce(
          topic_, {.key = row.record_key, .value = row.raw, .headers = refused_headers_of(row)},
          kDeliveryPatience);
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR) return lost(code);
    }
    while (producer_->under_way() > 0) producer_->wait(1s);
    const auto failures = producer_->take_failures();
    return failures.empty() ? Result<void>() : lost(failures.front().code);
  }

  void close() noexcept override { producer_.reset(); }

 private:
  Result<void> lost(rd_kafka_resp_err_t code) {
    return tl::unexpected(producer_->client().error("writing refused rows to the topic", topic_, code));
  }

  std::unique_ptr<KafkaProducer> producer_;
  const std::string topic_;
};

}  // namespace

Options kafka_refused_options() {
  Options options("refused.kafka", "Refused rows as records of a topic, with the reason in headers.");
  options.text("topic", "The topic for refused rows.").required();
  add_kafka_client_options(options);
  return options;
}

Result<std::unique_ptr<RefusedStore>> make_kafka_refused_store(const Config& config, Clock&) {
  CHURNSTREAM_TRY_ASSIGN(KafkaProperties properties,
                         kafka_properties_of(config,
                                             {{"enable.idempotence", "true"},
                                              {"acks", "all"},
                                              {"compression.type", "lz4"},
                                              {"message.timeout.ms", "30000"},
                                              {"queue.buffering.max.kbytes", "16384"},
                                              {"log.connection.close", "false"}},
                                             {"enable.idempotence", "acks"}));
  CHURNSTREAM_TRY_ASSIGN(std::unique_ptr<KafkaProducer> producer, KafkaProducer::make(properties));
  return std::make_unique<KafkaRefusedStore>(std::move(producer), config.text("topic"));
}

}  // namespace churnstream
