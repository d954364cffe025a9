#include "sink/kafka_forget.h"

#include <fmt/format.h>

#include "kafka/kafka_admin.h"
#include "kafka/kafka_client.h"
#include "kafka/plain_producer.h"

namespace churnstream {
namespace {

constexpr std::chrono::seconds kPatience{30};

Result<void> send_tombstone(const KafkaProperties& properties, const std::string& topic,
                            const std::string& customer) {
  CHURNSTREAM_TRY_ASSIGN(const auto producer, PlainProducer::connect(properties, topic));
  CHURNSTREAM_TRY(producer->send({.key = customer, .is_tombstone = true}));
  producer->flush(kPatience);
  if (producer->acknowledged() == 1) return {};
  return failed("sending a tombstone to", topic,
                producer->problem().empty() ? "no broker took it" : producer->problem(), "ask again");
}

}  // namespace

Result<Erasure> forget_in_topic(const Config& config, const ErasureWishes& wishes) {
  const std::string& topic = config.text("topic");
  CHURNSTREAM_TRY_ASSIGN(const KafkaProperties properties, kafka_properties_of(config, {}));
  CHURNSTREAM_TRY_ASSIGN(const auto admin, KafkaAdmin::connect(properties));
  CHURNSTREAM_TRY_ASSIGN(const TopicFacts facts, admin->describe(topic));
  const auto policy = facts.config.find("cleanup.policy");
  const bool is_compacted =
      policy != facts.config.end() && policy->second.find("compact") != std::string::npos;
  if (!wishes.is_dry_run) CHURNSTREAM_TRY(send_tombstone(properties, topic, wishes.customer));
  Erasure erasure;
  erasure.parts.push_back({fmt::format("a tombstone in topic {}", topic), 1});
  if (!is_compacted)
    erasure.left.push_back(
        fmt::format("topic {} is not compacted: older records of the customer stay until its retention ends; "
                    "kafka-delete-records takes all records before an offset away",
                    topic));
  return erasure;
}

Result<Erasure> forget_in_refused_topic(const Config& config, const ErasureWishes&) {
  return Erasure{{},
                 {fmt::format("rows of the customer that were refused stay in topic {} until its retention "
                              "ends; churnstream refused list shows which there are",
                              config.text("topic"))}};
}

}  // namespace churnstream
