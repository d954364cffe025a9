#include "sink/kafka_sink.h"

#include <fmt/format.h>

#include <set>

#include "sink/kafka_sink_settings.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr auto kLookPatience = 5s;
constexpr auto kDeliveryPatience = 30s;  // until a message that nobody acknowledges counts as lost

class KafkaSink : public Sink {
 public:
  KafkaSink(KafkaProperties properties, KafkaRecordSettings records)
      : properties_(std::move(properties)), records_(std::move(records)) {}

  Result<std::optional<Checkpoint>> open(const Assignment& assignment) override {
    CHURNSTREAM_TRY(records_.open(assignment));
    if (!producer_) {
      CHURNSTREAM_TRY_ASSIGN(producer_, KafkaProducer::make(properties_));
    }
    CHURNSTREAM_TRY(producer_->look_for(records_.topic(), kLookPatience));
    CHURNSTREAM_TRY(fit_batches_to_topic(producer_, properties_, records_.topic()));
    return std::nullopt;
  }

  WriteOutcome write(const ScoredBatch& rows, const Checkpoint&) override {
    if (!producer_) {  // the one before had a fatal error
      auto made = KafkaProducer::make(properties_);
      if (!made) return Broken{made.error()};
      producer_ = *std::move(made);
    }
    RefusedRows refused;
    std::set<std::size_t> suspects;
    rd_kafka_resp_err_t problem = send(rows, refused, suspects);
    // A broker refuses a batch as a whole: whose fault it was shows once each is sent alone.
    if (problem == RD_KAFKA_RESP_ERR_NO_ERROR && !suspects.empty())
      problem = send_alone(rows, refused, suspects);
    if (problem != RD_KAFKA_RESP_ERR_NO_ERROR) return lost(problem);
    if (!refused.rows.empty()) return refused;
    return Delivered{};
  }

  void close() noexcept override { producer_.reset(); }

 private:
  // Those that were refused with others are suspects.
  rd_kafka_resp_err_t send(const ScoredBatch& rows, RefusedRows& refused, std::set<std::size_t>& suspects) {
    rd_kafka_resp_err_t problem = RD_KAFKA_RESP_ERR_NO_ERROR;
    records_.each(rows, [&](const KafkaProducer::Message& message) {
      const rd_kafka_resp_err_t code = producer_->produce(records_.topic(), message, kDeliveryPatience);
      if (is_refusal(code))
        add_refused(rows, message.tag, code, refused);
      else
        problem = code;
      return problem == RD_KAFKA_RESP_ERR_NO_ERROR;
    });
    while (producer_->under_way() > 0) producer_->wait(1s);
    for (const KafkaProducer::Failure& failure : producer_->take_failures())
      if (is_refusal(failure.code))
        suspects.insert(failure.tag);
      else
        problem = failure.code;
    return problem;
  }

  rd_kafka_resp_err_t send_alone(const ScoredBatch& rows, RefusedRows& refused,
                                 const std::set<std::size_t>& suspects) {
    rd_kafka_resp_err_t problem = RD_KAFKA_RESP_ERR_NO_ERROR;
    records_.each(rows, [&](const KafkaProducer::Message& message) {
      if (!suspects.contains(message.tag)) {
        if (message.headers != nullptr) rd_kafka_headers_destroy(message.headers);
        return true;
      }
      problem = producer_->produce(records_.topic(), message, kDeliveryPatience);
      while (producer_->under_way() > 0) producer_->wait(1s);
      for (const KafkaProducer::Failure& failure : producer_->take_failures())
        if (is_refusal(failure.code))
          add_refused(rows, failure.tag, failure.code, refused);
        else
          problem = failure.code;
      return problem == RD_KAFKA_RESP_ERR_NO_ERROR;
    });
    return problem;
  }

  static void add_refused(const ScoredBatch& rows, std::size_t tag, rd_kafka_resp_err_t code,
                          RefusedRows& refused) {
    if (tag >= rows.num_rows()) return;  // a tombstone has no row to refuse
    refused.rows.push_back(refused_row(rows, tag, rd_kafka_err2str(code)));
  }

  WriteOutcome lost(rd_kafka_resp_err_t code) {
    const Error error = producer_->client().error("writing to the topic", records_.topic(), code);
    if (producer_->client().fatal()) producer_.reset();
    return Unknown{error.message};
  }

  KafkaProperties properties_;
  KafkaRecords records_;
  std::unique_ptr<KafkaProducer> producer_;
};

}  // namespace

Options kafka_sink_options() {
  Options options("sink.kafka", "Scores as records of a topic, keyed by customer.");
  options.text("topic", "The topic for scored records.").required();
  add_kafka_client_options(options);
  options
      .text(
          "delivery",
          "In transactions with the source's offsets, which needs a Kafka source of the same cluster; or at "
          "least once. The default is the first where it can be.")
      .one_of({"exactly_once", "at_least_once"});
  options.text("format", "The value of a record.").one_of({"json", "csv"}).fallback("json");
  options.texts("columns",
                "The scored record's columns that are written, in this order; the default is all.");
  options.flag("headers", "Headers with the model's fingerprint and the source position.").fallback(true);
  options.duration("transaction_timeout", "After this time without a commit the broker aborts a transaction.")
      .between(1, 900)
      .fallback("10s");
  return options;
}

KafkaRecordSettings kafka_record_settings_of(const Config& config) {
  KafkaRecordSettings settings;
  settings.topic = config.text("topic");
  settings.as_csv = config.text("format") == "csv";
  if (config.has("columns")) settings.columns = config.texts("columns");
  settings.with_headers = config.flag("headers");
  return settings;
}

Result<KafkaProperties> kafka_producer_properties_of(const Config& config, const KafkaProperties& more) {
  KafkaProperties ours = {
      {"client.id", "churnstream"},
      {"compression.type", "lz4"},
      {"partitioner", "murmur2_random"},  // where Java's producers put the same key
      {"linger.ms", "10"},                // full batches; whoever waits for them flushes
      {"retry.backoff.ms", "5"},          // librdkafka's 100 would cost 100 ms a transaction
      {"retry.backoff.max.ms", "200"},
      {"queue.buffering.max.messages", "20000"},
      {"queue.buffering.max.kbytes", "8192"},
      {"log.connection.close", "false"},
  };
  // As in the source; librdkafka fits it to the transactions where there are any.
  if (!more.contains("transaction.timeout.ms")) ours["socket.timeout.ms"] = "10000";
  std::vector<std::string> kept = {"enable.idempotence", "acks", "transactional.id"};
  ours["enable.idempotence"] = "true";
  ours["acks"] = "all";
  for (const auto& [name, value] : more) {
    ours[name] = value;
    kept.push_back(name);
  }
  return kafka_properties_of(config, std::move(ours), kept);
}

Result<std::unique_ptr<Sink>> make_kafka_sink(const Config& config) {
  CHURNSTREAM_TRY_ASSIGN(
      KafkaProperties properties,
      kafka_producer_properties_of(
          config,
          {{"message.timeout.ms", std::to_string(std::chrono::milliseconds(kDeliveryPatience).count())}}));
  return std::make_unique<KafkaSink>(std::move(properties), kafka_record_settings_of(config));
}

}  // namespace churnstream
