#include "kafka/kafka_admin.h"

#include <algorithm>

#include "kafka/kafka_admin_call.h"
#include "kafka/kafka_topic.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

constexpr auto kPatience = 5s;
constexpr int kPatienceMs = 5'000;

class Admin : public KafkaAdmin {
 public:
  explicit Admin(KafkaClient client) : client_(std::move(client)) {}

  Result<std::vector<TopicFacts>> list() override {
    CHURNSTREAM_TRY_ASSIGN(const auto metadata, metadata_of(nullptr, "listing the topics of"));
    std::vector<TopicFacts> topics;
    for (int index = 0; index < metadata->topic_cnt; ++index) {
      CHURNSTREAM_TRY_ASSIGN(TopicFacts topic, facts_of(metadata->topics[index]));
      topics.push_back(std::move(topic));
    }
    std::sort(topics.begin(), topics.end(),
              [](const auto& left, const auto& right) { return left.name < right.name; });
    return topics;
  }

  Result<TopicFacts> describe(const std::string& name) override {
    CHURNSTREAM_TRY_ASSIGN(const KafkaTopic known, look_up_topic(client_, name, kPatience));
    const KafkaOwned<rd_kafka_topic_t> handle(rd_kafka_topic_new(client_.get(), name.c_str(), nullptr));
    CHURNSTREAM_TRY_ASSIGN(const auto metadata, metadata_of(handle.get(), "describing"));
    CHURNSTREAM_TRY_ASSIGN(TopicFacts topic, facts_of(metadata->topics[0]));
    topic.id = known.id;
    topic.may_read = known.may_read;
    topic.may_write = known.may_write;
    CHURNSTREAM_TRY_ASSIGN(topic.config, config_of(name));
    CHURNSTREAM_TRY_ASSIGN(topic.groups, groups_on(topic));
    return topic;
  }

  Result<void> create(const std::string& name, int partitions, int replication,
                      const std::map<std::string, std::string>& config) override {
    std::array<char, 512> words{};
    const KafkaAdminOwned<rd_kafka_NewTopic_t> topic(
        rd_kafka_NewTopic_new(name.c_str(), partitions, replication, words.data(), words.size()));
    if (!topic) return wrong("creating the topic", name, words.data());
    for (const auto& [key, value] : config)
      rd_kafka_NewTopic_set_config(topic.get(), key.c_str(), value.c_str());
    KafkaAdminCall call(client_, RD_KAFKA_ADMIN_OP_CREATETOPICS, kPatience);
    rd_kafka_AdminOptions_set_operation_timeout(call.options(), kPatienceMs, words.data(), words.size());
    std::array<rd_kafka_NewTopic_t*, 1> topics = {topic.get()};
    rd_kafka_CreateTopics(client_.get(), topics.data(), topics.size(), call.options(), call.queue());
    CHURNSTREAM_TRY_ASSIGN(rd_kafka_event_t * event, call.answer("creating the topic", name));
    std::size_t count = 0;
    return first_problem(
        "creating the topic", name,
        rd_kafka_CreateTopics_result_topics(rd_kafka_event_CreateTopics_result(event), &count));
  }

  Result<void> remove(const std::string& name) override {
    const KafkaAdminOwned<rd_kafka_DeleteTopic_t> topic(rd_kafka_DeleteTopic_new(name.c_str()));
    KafkaAdminCall call(client_, RD_KAFKA_ADMIN_OP_DELETETOPICS, kPatience);
    std::array<char, 512> words{};
    rd_kafka_AdminOptions_set_operation_timeout(call.options(), kPatienceMs, words.data(), words.size());
    std::array<rd_kafka_DeleteTopic_t*, 1> topics = {topic.get()};
    rd_kafka_DeleteTopics(client_.get(), topics.data(), topics.size(), call.options(), call.queue());
    CHURNSTREAM_TRY_ASSIGN(rd_kafka_event_t * event, call.answer("deleting the topic", name));
    std::size_t count = 0;
    return first_problem(
        "deleting the topic", name,
        rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count));
  }

 private:
  using Metadata = std::shared_ptr<const rd_kafka_metadata_t>;

  Result<Metadata> metadata_of(rd_kafka_topic_t* only, const char* doing) {
    const rd_kafka_metadata_t* found = nullptr;
    const rd_kafka_resp_err_t code =
        rd_kafka_metadata(client_.get(), only == nullptr, only, &found, kPatienceMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected(client_.error(doing, client_.brokers(), code));
    return Metadata(found, [](const rd_kafka_metadata_t* metadata) { rd_kafka_metadata_destroy(metadata); });
  }

  Result<TopicFacts> facts_of(const rd_kafka_metadata_topic_t& found) {
    TopicFacts topic;
    topic.name = found.topic;
    topic.is_internal = topic.name.starts_with("__");
    if (found.err != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected(client_.error("describing the topic", topic.name, found.err));
    for (int index = 0; index < found.partition_cnt; ++index) {
      const rd_kafka_metadata_partition_t& one = found.partitions[index];
      TopicPartition partition{one.id, one.leader, static_cast<std::size_t>(one.replica_cnt),
                               static_cast<std::size_t>(one.isr_cnt)};
      const rd_kafka_resp_err_t code = rd_kafka_query_watermark_offsets(
          client_.get(), found.topic, one.id, &partition.low, &partition.high, kPatienceMs);
      if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
        return tl::unexpected(client_.error("asking how far it goes", topic.name, code));
      topic.partitions.push_back(partition);
    }
    std::sort(topic.partitions.begin(), topic.partitions.end(),
              [](const auto& left, const auto& right) { return left.number < right.number; });
    return topic;
  }

  Result<std::map<std::string, std::string>> config_of(const std::string& name) {
    const KafkaAdminOwned<rd_kafka_ConfigResource_t> wanted(
        rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, name.c_str()));
    KafkaAdminCall call(client_, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS, kPatience);
    std::array<rd_kafka_ConfigResource_t*, 1> resources = {wanted.get()};
    rd_kafka_DescribeConfigs(client_.get(), resources.data(), resources.size(), call.options(), call.queue());
    CHURNSTREAM_TRY_ASSIGN(rd_kafka_event_t * event, call.answer("asking for the configuration of", name));
    std::size_t count = 0;
    const rd_kafka_ConfigResource_t** found =
        rd_kafka_DescribeConfigs_result_resources(rd_kafka_event_DescribeConfigs_result(event), &count);
    std::map<std::string, std::string> config;
    if (count == 0) return config;
    const rd_kafka_ConfigEntry_t** entries = rd_kafka_ConfigResource_configs(found[0], &count);
    for (std::size_t index = 0; index < count; ++index) {
      const bool is_own =
          rd_kafka_ConfigEntry_source(entries[index]) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG;
      if (is_own && rd_kafka_ConfigEntry_value(entries[index]) != nullptr)
        config[rd_kafka_ConfigEntry_name(entries[index])] = rd_kafka_ConfigEntry_value(entries[index]);
    }
    return config;
  }

  // Those that have committed on the topic.
  Result<std::vector<TopicGroup>> groups_on(const TopicFacts& topic) {
    const rd_kafka_group_list* found = nullptr;
    const rd_kafka_resp_err_t code = rd_kafka_list_groups(client_.get(), nullptr, &found, kPatienceMs);
    if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
      return tl::unexpected(client_.error("listing the groups of", client_.brokers(), code));
    const std::unique_ptr<const rd_kafka_group_list, void (*)(const rd_kafka_group_list*)> all(
        found, rd_kafka_group_list_destroy);
    std::vector<TopicGroup> groups;
    for (int index = 0; index < all->group_cnt; ++index) {
      const rd_kafka_group_info& info = all->groups[index];
      CHURNSTREAM_TRY_ASSIGN(auto committed, committed_by(info.group, topic));
      if (committed.empty()) continue;
      TopicGroup group;
      group.name = info.group;
      group.state = info.state;
      group.assignor = info.protocol;
      group.members = static_cast<std::size_t>(info.member_cnt);
      group.committed = std::move(committed);
      groups.push_back(std::move(group));
    }
    return groups;
  }

  Result<std::map<std::int32_t, std::int64_t>> committed_by(const std::string& group,
                                                            const TopicFacts& topic) {
    const KafkaOwned<rd_kafka_topic_partition_list_t> wanted(
        rd_kafka_topic_partition_list_new(static_cast<int>(topic.partitions.size())));
    for (const TopicPartition& partition : topic.partitions)
      rd_kafka_topic_partition_list_add(wanted.get(), topic.name.c_str(), partition.number);
    const KafkaAdminOwned<rd_kafka_ListConsumerGroupOffsets_t> request(
        rd_kafka_ListConsumerGroupOffsets_new(group.c_str(), wanted.get()));
    KafkaAdminCall call(client_, RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS, kPatience);
    std::array<rd_kafka_ListConsumerGroupOffsets_t*, 1> requests = {request.get()};
    rd_kafka_ListConsumerGroupOffsets(client_.get(), requests.data(), requests.size(), call.options(),
                                      call.queue());
    CHURNSTREAM_TRY_ASSIGN(rd_kafka_event_t * event,
                           call.answer("asking for the offsets of the group", group));
    std::size_t count = 0;
    const rd_kafka_group_result_t** found = rd_kafka_ListConsumerGroupOffsets_result_groups(
        rd_kafka_event_ListConsumerGroupOffsets_result(event), &count);
    std::map<std::int32_t, std::int64_t> committed;
    if (count == 0) return committed;
    const rd_kafka_topic_partition_list_t* offsets = rd_kafka_group_result_partitions(found[0]);
    for (int index = 0; offsets != nullptr && index < offsets->cnt; ++index)
      if (offsets->elems[index].offset >= 0)
        committed[offsets->elems[index].partition] = offsets->elems[index].offset;
    return committed;
  }

  Result<void> first_problem(const char* doing, const std::string& name,
                             const rd_kafka_topic_result_t** results) {
    const rd_kafka_resp_err_t code = rd_kafka_topic_result_error(results[0]);
    if (code == RD_KAFKA_RESP_ERR_NO_ERROR) return {};
    const char* words = rd_kafka_topic_result_error_string(results[0]);
    return tl::unexpected(client_.error(doing, name, code, words == nullptr ? std::string_view() : words));
  }

  const KafkaClient client_;
};

}  // namespace

Result<std::unique_ptr<KafkaAdmin>> KafkaAdmin::connect(
    const std::map<std::string, std::string>& properties) {
  KafkaProperties all = properties;
  all.emplace("client.id", "churnstream");
  all.emplace("log.connection.close", "false");
  CHURNSTREAM_TRY_ASSIGN(KafkaClient client, KafkaClient::make(KafkaRole::producer, all, nullptr));
  return std::make_unique<Admin>(std::move(client));
}

}  // namespace churnstream
