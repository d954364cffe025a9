#include "kafka/kafka_topic.h"

#include <array>

#include "kafka/kafka_admin_call.h"

namespace churnstream {

Result<KafkaTopic> look_up_topic(const KafkaClient& client, const std::string& name,
                                 std::chrono::milliseconds patience) {
  const char* doing = "looking for the topic";
  KafkaAdminCall call(client, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, patience);
  std::array<const char*, 1> names = {name.c_str()};
  const KafkaAdminOwned<rd_kafka_TopicCollection_t> wanted(
      rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  rd_kafka_DescribeTopics(client.get(), wanted.get(), call.options(), call.queue());
  CHURNSTREAM_TRY_ASSIGN(rd_kafka_event_t * event, call.answer(doing, name + " at " + client.brokers()));
  std::size_t count = 0;
  const rd_kafka_TopicDescription_t** found =
      rd_kafka_DescribeTopics_result_topics(rd_kafka_event_DescribeTopics_result(event), &count);
  if (count != 1) return tl::unexpected(client.error(doing, name, RD_KAFKA_RESP_ERR__FAIL));
  if (const rd_kafka_error_t* problem = rd_kafka_TopicDescription_error(found[0]);
      problem != nullptr && rd_kafka_error_code(problem) != RD_KAFKA_RESP_ERR_NO_ERROR)
    return tl::unexpected(client.error(doing, name, rd_kafka_error_code(problem)));
  KafkaTopic topic;
  rd_kafka_TopicDescription_partitions(found[0], &count);
  topic.partitions = static_cast<std::int32_t>(count);
  if (const rd_kafka_Uuid_t* id = rd_kafka_TopicDescription_topic_id(found[0]))
    topic.id = rd_kafka_Uuid_base64str(id);
  return topic;
}

}  // namespace churnstream
