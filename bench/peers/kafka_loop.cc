// The peer of the latency cases: the least that a worker on librdkafka can be. Reads a topic with one
// partition and writes each record's first field as the key and the record as the value, at least once or in
// transactions with the offsets inside. No decoding, no model, no recovery.
//
//   kafka_loop BROKERS IN OUT at_least_once|exactly_once
#include <librdkafka/rdkafka.h>

#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>
#include <string>
#include <utility>
#include <vector>

namespace {

constexpr std::size_t kBatchMax = 5'000;
volatile std::sig_atomic_t asked_to_end = 0;

[[noreturn]] void give_up(const char* doing, const std::string& why) {
  std::fprintf(stderr, "%s: %s\n", doing, why.c_str());
  std::exit(1);
}

void must(const char* doing, rd_kafka_error_t* error) {
  if (error != nullptr) give_up(doing, rd_kafka_error_string(error));
}

rd_kafka_t* make(rd_kafka_type_t type,
                 std::initializer_list<std::pair<const char*, std::string>> properties) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char why[512];
  for (const auto& [name, value] : properties)
    if (rd_kafka_conf_set(conf, name, value.c_str(), why, sizeof why) != RD_KAFKA_CONF_OK) give_up(name, why);
  rd_kafka_t* client = rd_kafka_new(type, conf, why, sizeof why);
  if (client == nullptr) give_up("making a client", why);
  return client;
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 5) give_up("kafka_loop", "BROKERS IN OUT at_least_once|exactly_once");
  const std::string brokers = argv[1], in = argv[2], out = argv[3];
  const bool exactly_once = std::strcmp(argv[4], "exactly_once") == 0;
  std::signal(SIGTERM, [](int) { asked_to_end = 1; });

  rd_kafka_t* consumer = make(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                                  {"group.id", "kafka_loop"},
                                                  {"enable.auto.commit", "false"},
                                                  {"isolation.level", "read_committed"}});
  rd_kafka_t* producer = exactly_once
                             ? make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                                        {"transactional.id", "kafka_loop"},
                                                        {"retry.backoff.ms", "5"}})
                             : make(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers}, {"linger.ms", "0"}});
  rd_kafka_poll_set_consumer(consumer);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);
  rd_kafka_topic_partition_list_t* place = rd_kafka_topic_partition_list_new(1);
  rd_kafka_topic_partition_list_add(place, in.c_str(), 0)->offset = RD_KAFKA_OFFSET_END;
  rd_kafka_assign(consumer, place);
  if (exactly_once) must("taking our place", rd_kafka_init_transactions(producer, 30'000));

  std::vector<rd_kafka_message_t*> batch(kBatchMax);
  while (asked_to_end == 0) {
    std::size_t count = 0;
    if ((batch[0] = rd_kafka_consume_queue(queue, 20)) != nullptr) {
      const ssize_t more = rd_kafka_consume_batch_queue(queue, 0, batch.data() + 1, kBatchMax - 1);
      count = 1 + static_cast<std::size_t>(more < 0 ? 0 : more);
    }
    std::int64_t next = -1;
    for (std::size_t i = 0; i < count; ++i) {
      rd_kafka_message_t* message = batch[i];
      if (message->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
        if (next < 0 && exactly_once) must("beginning", rd_kafka_begin_transaction(producer));
        next = message->offset + 1;
        const char* text = static_cast<const char*>(message->payload);
        const auto* comma = static_cast<const char*>(std::memchr(text, ',', message->len));
        const std::size_t key = comma == nullptr ? message->len : static_cast<std::size_t>(comma - text);
        rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(out.c_str()), RD_KAFKA_V_KEY(text, key),
                          RD_KAFKA_V_VALUE(const_cast<char*>(text), message->len),
                          RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END);
      }
      rd_kafka_message_destroy(message);
    }
    rd_kafka_poll(producer, 0);
    if (next < 0 || !exactly_once) continue;
    place->elems[0].offset = next;
    rd_kafka_consumer_group_metadata_t* group = rd_kafka_consumer_group_metadata(consumer);
    must("sending offsets", rd_kafka_send_offsets_to_transaction(producer, place, group, 30'000));
    rd_kafka_consumer_group_metadata_destroy(group);
    must("committing", rd_kafka_commit_transaction(producer, 30'000));
  }
  rd_kafka_flush(producer, 5'000);
  return 0;
}
