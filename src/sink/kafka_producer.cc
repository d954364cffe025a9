#include "sink/kafka_producer.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstring>

#include "kafka/kafka_admin_call.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kBatchBytes = 1'000'000;  // librdkafka's default for batch.size
constexpr std::size_t kBatchHeadBytes = 1'024;  // what a batch is larger than its records, generously

}  // namespace

bool is_refusal(rd_kafka_resp_err_t code) {
  switch (code) {
    case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
    case RD_KAFKA_RESP_ERR_INVALID_RECORD:
    case RD_KAFKA_RESP_ERR_INVALID_MSG:
    case RD_KAFKA_RESP_ERR_RECORD_LIST_TOO_LARGE: return true;
    default: return false;
  }
}

Result<std::unique_ptr<KafkaProducer>> KafkaProducer::make(const KafkaProperties& properties) {
  std::unique_ptr<KafkaProducer> producer(new KafkaProducer());
  CHURNSTREAM_TRY_ASSIGN(KafkaClient client,
                         KafkaClient::make(KafkaRole::producer, properties, producer.get()));
  producer->client_.emplace(std::move(client));
  return producer;
}

KafkaProducer::~KafkaProducer() {
  if (!client_) return;
  if (under_way() > 0) purge();
  topics_.clear();
}

Result<void> KafkaProducer::look_for(const std::string& name, std::chrono::milliseconds patience) {
  const rd_kafka_metadata_t* found = nullptr;
  const rd_kafka_resp_err_t code =
      rd_kafka_metadata(get(), 0, topic(name).handle.get(), &found, static_cast<int>(patience.count()));
  if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected(client_->error("looking for the topic", name + " at " + client_->brokers(), code));
  const KafkaOwned<const rd_kafka_metadata_t> metadata(found);
  const rd_kafka_resp_err_t problem = metadata->topics[0].err;
  if (problem == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART)
    return wrong("looking for the topic", name, "there is no such topic at " + client_->brokers(),
                 "churnstream topics create " + name);
  if (problem != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected(client_->error("looking for the topic", name, problem));
  return {};
}

std::optional<std::size_t> KafkaProducer::batch_bytes_max(const std::string& topic,
                                                          std::chrono::milliseconds patience) {
  const KafkaAdminOwned<rd_kafka_ConfigResource_t> wanted(
      rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic.c_str()));
  KafkaAdminCall call(*client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, patience);
  std::array<rd_kafka_ConfigResource_t*, 1> resources = {wanted.get()};
  rd_kafka_DescribeConfigs(get(), resources.data(), resources.size(), call.options(), call.queue());
  const Result<rd_kafka_event_t*> event = call.answer("asking for the configuration of", topic);
  if (!event) return std::nullopt;
  std::size_t count = 0;
  const rd_kafka_ConfigResource_t** found =
      rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(*event), &count);
  if (count == 0) return std::nullopt;
  const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(found[0], &count);
  for (std::size_t index = 0; index < count; ++index) {
    const char* value = rd_kafka_ConfigEntry_value(entries[index]);
    if (value == nullptr ||
        std::string_view(rd_kafka_ConfigEntry_name(entries[index])) != "max.message.bytes")
      continue;
    std::size_t bytes = 0;
    const auto [end, problem] = std::from_chars(value, value + std::strlen(value), bytes);
    if (problem == std::errc()) return bytes;
  }
  return std::nullopt;
}

Result<void> fit_batches_to_topic(std::unique_ptr<KafkaProducer>& producer, KafkaProperties& properties,
                                  const std::string& topic) {
  const std::optional<std::size_t> bytes_max = producer->batch_bytes_max(topic, 2s);
  if (!bytes_max || *bytes_max >= kBatchBytes + kBatchHeadBytes || properties.contains("batch.size"))
    return {};
  properties["batch.size"] = std::to_string(std::max(*bytes_max, 2 * kBatchHeadBytes) - kBatchHeadBytes);
  CHURNSTREAM_TRY_ASSIGN(producer, KafkaProducer::make(properties));
  return {};
}

KafkaProducer::Topic& KafkaProducer::topic(const std::string& name) {
  for (Topic& known : topics_)
    if (known.name == name) return known;
  topics_.push_back({name, KafkaOwned<rd_kafka_topic_t>(rd_kafka_topic_new(get(), name.c_str(), nullptr))});
  return topics_.back();
}

std::string KafkaProducer::what_is_under_way() const {
  std::string text;
  for (const Topic& known : topics_)
    if (known.under_way > 0)
      text += fmt::format("{}{} messages to {}", text.empty() ? "" : ", ", known.under_way, known.name);
  return text;
}

rd_kafka_resp_err_t KafkaProducer::produce(const std::string& name, const Message& message,
                                           std::chrono::milliseconds patience) {
  const auto give_up_at = std::chrono::steady_clock::now() + patience;
  std::vector<rd_kafka_vu_t> parts(6);
  std::size_t count = 0;
  parts[count].vtype = RD_KAFKA_VTYPE_RKT;
  Topic& where = topic(name);
  parts[count++].u.rkt = where.handle.get();
  parts[count].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
  parts[count++].u.i = RD_KAFKA_MSG_F_COPY;
  parts[count].vtype = RD_KAFKA_VTYPE_KEY;
  parts[count].u.mem = {message.key.empty() ? nullptr : const_cast<char*>(message.key.data()),
                        message.key.size()};
  ++count;
  parts[count].vtype = RD_KAFKA_VTYPE_VALUE;
  parts[count].u.mem = {message.is_null ? nullptr : const_cast<char*>(message.value.data()),
                        message.is_null ? 0 : message.value.size()};
  ++count;
  parts[count].vtype = RD_KAFKA_VTYPE_OPAQUE;
  parts[count++].u.ptr = reinterpret_cast<void*>(message.tag);
  if (message.headers != nullptr) {
    parts[count].vtype = RD_KAFKA_VTYPE_HEADERS;
    parts[count++].u.headers = message.headers;
  }
  for (;;) {
    const KafkaOwned<rd_kafka_error_t> error(rd_kafka_produceva(get(), parts.data(), count));
    if (!error) {
      ++produced_;
      ++where.under_way;
      return RD_KAFKA_RESP_ERR_NO_ERROR;
    }
    const rd_kafka_resp_err_t code = rd_kafka_error_code(error.get());
    const bool is_full = code == RD_KAFKA_RESP_ERR__QUEUE_FULL;
    if (!is_full || std::chrono::steady_clock::now() >= give_up_at) {
      if (message.headers != nullptr) rd_kafka_headers_destroy(message.headers);
      return code;
    }
    rd_kafka_poll(get(), 20);
  }
}

void KafkaProducer::wait(std::chrono::milliseconds patience) {
  rd_kafka_flush(get(), static_cast<int>(patience.count()));
}

void KafkaProducer::purge() {
  rd_kafka_purge(get(), RD_KAFKA_PURGE_F_QUEUE | RD_KAFKA_PURGE_F_INFLIGHT);
  rd_kafka_flush(get(), 1'000);
}

void KafkaProducer::on_delivery(const rd_kafka_message_t& message) {
  ++reported_;
  for (Topic& known : topics_)
    if (known.name == rd_kafka_topic_name(message.rkt)) --known.under_way;
  if (message.err != RD_KAFKA_RESP_ERR_NO_ERROR)
    failures_.push_back({reinterpret_cast<std::size_t>(message._private), message.err});
}

}  // namespace churnstream
