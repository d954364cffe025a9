// What the Kafka source, the Kafka sink and the verbs share of librdkafka: a client with its properties, and
// its complaints turned into our kind of errors. A client may be used from any thread, as librdkafka allows.
#pragma once

#include <librdkafka/rdkafka.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include "base/result.h"
#include "config/options.h"

namespace churnstream {

using KafkaProperties = std::map<std::string, std::string>;

// The options `brokers` and `kafka` (librdkafka's own properties), which every Kafka section has.
void add_kafka_client_options(Options& options);
// `ours` completed by the section's brokers and its own properties, which win where they do not touch what we
// promise. Wrong when they set one of `kept`, the properties that we need as they are.
Result<KafkaProperties> kafka_properties_of(const Config& config, KafkaProperties ours,
                                            const std::vector<std::string>& kept = {});

enum class KafkaRole { consumer, producer };  // an admin client is a producer that produces nothing

// Told by librdkafka, on the thread that polls. Outlives the client.
class KafkaListener {
 public:
  virtual ~KafkaListener() = default;
  // A consumer's partitions change: `event` is RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS or __REVOKE_PARTITIONS,
  // and the listener assigns or unassigns.
  virtual void on_rebalance(rd_kafka_t*, rd_kafka_resp_err_t /*event*/, rd_kafka_topic_partition_list_t*) {}
  // A produced message arrived or never will.
  virtual void on_delivery(const rd_kafka_message_t&) {}
  // An offset commit was answered.
  virtual void on_offset_commit(rd_kafka_resp_err_t, const rd_kafka_topic_partition_list_t*) {}
  // Statistics as JSON, where statistics.interval.ms asks for them.
  virtual void on_statistics(std::string_view /*json*/) {}
  // One line of librdkafka's log, before it goes to ours. Any thread.
  virtual void on_log(std::string_view /*facility*/, std::string_view /*line*/) {}
};

class KafkaClient {
 public:
  // Connects to nobody yet. Wrong, with librdkafka's words, when it does not know a property or its value.
  // `listener` may be null.
  static Result<KafkaClient> make(KafkaRole role, const KafkaProperties& properties, KafkaListener* listener);

  KafkaClient(KafkaClient&&) noexcept;
  KafkaClient& operator=(KafkaClient&&) noexcept;
  ~KafkaClient();  // destroys; a consumer should have been closed before

  rd_kafka_t* get() const { return handle_.get(); }
  const std::string& brokers() const;

  // What was heard last about our connections, as a sentence with what to try: a password that was refused, a
  // certificate that expired, is signed by somebody else or names another host, nobody there. Empty when
  // there was nothing since the last call with `forget`.
  std::string connection_problem(bool forget = false) const;
  // The error that ended this client for good (fenced, misconfigured), if one did.
  std::optional<Error> fatal() const;

  // An error of librdkafka's in our words, with the connection problem where it explains it.
  Error error(std::string_view doing, std::string_view object, rd_kafka_resp_err_t code,
              std::string_view detail = {}) const;

  struct Heard;  // what the callbacks have noted

 private:
  struct Destroy {
    void operator()(rd_kafka_t* handle) const { rd_kafka_destroy(handle); }
  };
  KafkaClient(std::unique_ptr<Heard> heard, rd_kafka_t* handle);
  std::unique_ptr<Heard> heard_;  // outlives the handle
  std::unique_ptr<rd_kafka_t, Destroy> handle_;
};

// Owners of what librdkafka gives out.
struct KafkaFree {
  void operator()(rd_kafka_error_t* error) const { rd_kafka_error_destroy(error); }
  void operator()(rd_kafka_topic_partition_list_t* list) const {
    rd_kafka_topic_partition_list_destroy(list);
  }
  void operator()(rd_kafka_queue_t* queue) const { rd_kafka_queue_destroy(queue); }
  void operator()(rd_kafka_topic_t* topic) const { rd_kafka_topic_destroy(topic); }
  void operator()(rd_kafka_message_t* message) const { rd_kafka_message_destroy(message); }
  void operator()(rd_kafka_consumer_group_metadata_t* group) const {
    rd_kafka_consumer_group_metadata_destroy(group);
  }
  void operator()(const rd_kafka_metadata_t* metadata) const { rd_kafka_metadata_destroy(metadata); }
};
template <typename Thing>
using KafkaOwned = std::unique_ptr<Thing, KafkaFree>;

}  // namespace churnstream
