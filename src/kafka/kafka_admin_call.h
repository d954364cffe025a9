// One call of librdkafka's Admin API: its options, its queue, and the event that answers. One thread.
#pragma once

#include <array>

#include "kafka/kafka_client.h"

namespace churnstream {

struct KafkaAdminFree {
  void operator()(rd_kafka_AdminOptions_t* options) const { rd_kafka_AdminOptions_destroy(options); }
  void operator()(rd_kafka_TopicCollection_t* names) const { rd_kafka_TopicCollection_destroy(names); }
  void operator()(rd_kafka_event_t* event) const { rd_kafka_event_destroy(event); }
  void operator()(rd_kafka_NewTopic_t* topic) const { rd_kafka_NewTopic_destroy(topic); }
  void operator()(rd_kafka_DeleteTopic_t* topic) const { rd_kafka_DeleteTopic_destroy(topic); }
  void operator()(rd_kafka_ConfigResource_t* resource) const { rd_kafka_ConfigResource_destroy(resource); }
  void operator()(rd_kafka_ListConsumerGroupOffsets_t* group) const {
    rd_kafka_ListConsumerGroupOffsets_destroy(group);
  }
};
template <typename Thing>
using KafkaAdminOwned = std::unique_ptr<Thing, KafkaAdminFree>;

class KafkaAdminCall {
 public:
  KafkaAdminCall(const KafkaClient& client, rd_kafka_admin_op_t what, std::chrono::milliseconds patience)
      : client_(client),
        patience_(static_cast<int>(patience.count())),
        queue_(rd_kafka_queue_new(client.get())),
        options_(rd_kafka_AdminOptions_new(client.get(), what)) {
    std::array<char, 256> words{};
    rd_kafka_AdminOptions_set_request_timeout(options_.get(), patience_, words.data(), words.size());
  }

  rd_kafka_AdminOptions_t* options() const { return options_.get(); }
  rd_kafka_queue_t* queue() const { return queue_.get(); }

  // Waits for the answer to the call that was made with options() and queue().
  Result<rd_kafka_event_t*> answer(std::string_view doing, std::string_view object) {
    event_.reset(rd_kafka_queue_poll(queue_.get(), patience_ + 1'000));
    const bool has_failed = !event_ || rd_kafka_event_error(event_.get()) != RD_KAFKA_RESP_ERR_NO_ERROR;
    if (has_failed) rd_kafka_poll(client_.get(), 0);  // why the connection failed; nobody else may have asked
    if (!event_) return tl::unexpected(client_.error(doing, object, RD_KAFKA_RESP_ERR__TIMED_OUT));
    if (const rd_kafka_resp_err_t code = rd_kafka_event_error(event_.get()))
      return tl::unexpected(client_.error(doing, object, code, rd_kafka_event_error_string(event_.get())));
    return event_.get();
  }

 private:
  const KafkaClient& client_;
  const int patience_;
  KafkaOwned<rd_kafka_queue_t> queue_;
  KafkaAdminOwned<rd_kafka_AdminOptions_t> options_;
  KafkaAdminOwned<rd_kafka_event_t> event_;
};

}  // namespace churnstream
