// A producer of librdkafka's with an account of its own: what was handed over, what arrived, what never will.
// Used by the sinks of this room; one thread at a time.
#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "kafka/kafka_client.h"

namespace churnstream {

class KafkaProducer : private KafkaListener {
 public:
  // A message that never arrived. `tag` is what it was handed over with.
  struct Failure {
    std::size_t tag = 0;
    rd_kafka_resp_err_t code = RD_KAFKA_RESP_ERR_NO_ERROR;
  };
  struct Message {
    std::string_view key, value;            // an empty key is none
    bool is_null = false;                   // a tombstone
    rd_kafka_headers_t* headers = nullptr;  // taken over, whatever happens
    std::size_t tag = 0;
  };

  static Result<std::unique_ptr<KafkaProducer>> make(const KafkaProperties& properties);
  ~KafkaProducer() override;

  KafkaClient& client() { return *client_; }
  rd_kafka_t* get() const { return client_->get(); }

  // Whether the topic is there and we may write to it; asks the cluster, at most `patience`.
  Result<void> look_for(const std::string& topic, std::chrono::milliseconds patience);

  // The largest batch the topic takes; nothing where we may not ask, or nobody answers within `patience`.
  std::optional<std::size_t> batch_bytes_max(const std::string& topic, std::chrono::milliseconds patience);

  // Copies key and value. Waits while the queue is full, at most `patience`: then _QUEUE_FULL.
  rd_kafka_resp_err_t produce(const std::string& topic, const Message& message,
                              std::chrono::milliseconds patience);

  // Serves delivery reports for that long, or until everything handed over has arrived or failed.
  void wait(std::chrono::milliseconds patience);
  std::size_t under_way() const { return produced_ - reported_; }
  std::string what_is_under_way() const;  // "12 messages to churn.refused"; empty: nothing
  std::size_t reported() const { return reported_; }
  std::size_t failed() const { return failures_.size(); }  // and not taken yet
  std::vector<Failure> take_failures() { return std::exchange(failures_, {}); }

  // Forgets what is still under way; its delivery reports count as failures.
  void purge();

 private:
  KafkaProducer() = default;
  void on_delivery(const rd_kafka_message_t& message) override;
  struct Topic {
    std::string name;
    KafkaOwned<rd_kafka_topic_t> handle;
    std::size_t under_way = 0;
  };
  Topic& topic(const std::string& name);

  std::optional<KafkaClient> client_;
  std::vector<Topic> topics_;  // one or two
  std::size_t produced_ = 0, reported_ = 0;
  std::vector<Failure> failures_;
};

// Makes the producer anew where its batches could be larger than the topic takes: a broker refuses a batch as
// a whole, and with one row too large all that travel with it.
Result<void> fit_batches_to_topic(std::unique_ptr<KafkaProducer>& producer, KafkaProperties& properties,
                                  const std::string& topic);

// Whether a message with this error would fail again however often it is sent: it is the row's fault.
bool is_refusal(rd_kafka_resp_err_t code);

}  // namespace churnstream
