#include "kafka/kafka_topic.h"

#include <algorithm>
#include <array>
#include <span>

#include "kafka/kafka_admin_call.h"

namespace churnstream {
namespace {

// Brokers that check no rights say that everything is allowed; no answer is no objection either.
void take_rights(const rd_kafka_TopicDescription_t* found, KafkaTopic& topic) {
  std::size_t count = 0;
  const rd_kafka_AclOperation_t* first = rd_kafka_TopicDescription_authorized_operations(found, &count);
  if (first == nullptr || count == 0) return;
  const std::span<const rd_kafka_AclOperation_t> allowed(first, count);
  const auto may = [&](rd_kafka_AclOperation_t what) {
    return std::find(allowed.begin(), allowed.end(), what) != allowed.end();
  };
  topic.may_read = may(RD_KAFKA_ACL_OPERATION_READ);
  topic.may_write = may(RD_KAFKA_ACL_OPERATION_WRITE);
}

}  // namespace

Result<KafkaTopic> look_up_topic(const KafkaClient& client, const std::string& name,
                                 std::chrono::milliseconds patience) {
  const char* doing = "looking for the topic";
  KafkaAdminCall call(client, RD_KAFKA_ADMIN_OP_DESCRIBETOPICS, patience);
  std::array<const char*, 1> names = {name.c_str()};
  const KafkaAdminOwned<rd_kafka_TopicCollection_t> wanted(
      rd_kafka_TopicCollection_of_topic_names(names.data(), names.size()));
  const KafkaOwned<rd_kafka_error_t> refused(
      rd_kafka_AdminOptions_set_include_authorized_operations(call.options(), 1));
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
  take_rights(found[0], topic);
  return topic;
}

}  // namespace churnstream
