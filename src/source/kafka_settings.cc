#include "source/kafka_settings.h"

#include "source/kafka_source.h"

namespace churnstream {
namespace {

std::string ms_of(const Config& config, const char* name, std::int64_t part = 1) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(config.duration(name));
  return std::to_string(ms.count() / part);
}

// Memory is bounded here: what is fetched ahead, for all partitions of a member.
const KafkaProperties& common_properties() {
  static const KafkaProperties kProperties = {
      {"enable.auto.commit", "false"},
      {"enable.auto.offset.store", "false"},
      {"auto.offset.reset", "error"},  // a gap is our business, never silent
      {"isolation.level", "read_committed"},
      {"allow.auto.create.topics", "false"},
      {"fetch.queue.backoff.ms", "5"},
      {"fetch.message.max.bytes", "262144"},
      {"fetch.max.bytes", "4194304"},
      {"message.max.bytes", "4000000"},
      {"queued.min.messages", "5000"},
      {"queued.max.messages.kbytes", "2048"},
      {"topic.metadata.refresh.interval.ms", "10000"},
      {"socket.timeout.ms",
       "10000"},  // a connection that swallows everything is given up; the default is 60 s
      {"reconnect.backoff.max.ms", "2000"},
      {"log.connection.close", "false"},
  };
  return kProperties;
}

}  // namespace

std::optional<SourcePlace> kafka_start_of(std::string_view text) {
  return text == "committed" ? SourcePlace() : source_place_of(text);
}

Options kafka_source_options() {
  Options options("source.kafka", "Records of a topic, shared out by a consumer group.");
  options.text("topic", "The topic.").required();
  options.text("group", "The consumer group, which keeps the positions.").fallback("churnstream");
  add_kafka_client_options(options);
  options
      .text("start",
            "Where to start in partitions in which the group has committed nothing: earliest (\"committed\" "
            "says the same), latest (behind the last record at the group's first start: what comes later is "
            "read, also while nobody runs), a time (RFC 3339), or offsets such as \"0:15,1:20\".")
      .fallback("committed");
  options
      .text("on_data_loss",
            "When records are gone that were not read yet (retention, a topic made anew, a truncated log): "
            "stop, or go "
            "on and say which are gone.")
      .one_of({"stop", "earliest", "latest"})
      .fallback("stop");
  options
      .text(
          "protocol",
          "The group's protocol; auto: KIP-848 where the brokers have it and delivery is at least once, else "
          "classic.")
      .one_of({"auto", "classic", "consumer"})
      .fallback("auto");
  options.text("assignor", "How the classic protocol shares partitions out.")
      .one_of({"range", "roundrobin", "cooperative-sticky"})
      .fallback("cooperative-sticky");
  options
      .flag("static_membership",
            "A restarted process gets its partitions back without a rebalance; its place is kept for the "
            "session "
            "timeout.")
      .fallback(true);
  options
      .duration("session_timeout",
                "A member that is silent for longer loses its partitions (classic protocol).")
      .between(1, 1'800)
      .fallback("6s");
  options.duration("max_poll_interval", "A member whose lane stands still for longer loses its partitions.")
      .between(2, 86'400)
      .fallback("5m");
  return options;
}

Result<KafkaSourceSettings> kafka_source_settings_of(const Config& config) {
  KafkaSourceSettings settings;
  settings.topic = config.text("topic");
  settings.group = config.text("group");
  const auto start = kafka_start_of(config.text("start"));
  if (!start)
    return wrong(config.where("start"), "", "\"start\" is none of the known ones",
                 "earliest, latest, committed, 2026-01-31T08:00:00Z, or offsets such as \"0:15,1:20\"");
  settings.start = *start;
  const std::string& loss = config.text("on_data_loss");
  settings.on_data_loss = loss == "stop"       ? OnDataLoss::stop
                          : loss == "earliest" ? OnDataLoss::earliest
                                               : OnDataLoss::latest;
  settings.is_static = config.flag("static_membership");
  const std::string& protocol = config.text("protocol");
  if (protocol == "classic") settings.protocol = GroupProtocol::classic;
  if (protocol == "consumer") settings.protocol = GroupProtocol::consumer;
  settings.max_poll_interval =
      std::chrono::duration_cast<std::chrono::milliseconds>(config.duration("max_poll_interval"));
  if (config.has("batch_rows")) settings.batch_rows = static_cast<std::size_t>(config.integer("batch_rows"));

  KafkaProperties common = common_properties();
  common["group.id"] = settings.group;
  common["max.poll.interval.ms"] = std::to_string(std::max(
      settings.max_poll_interval.count(),
      std::chrono::duration_cast<std::chrono::milliseconds>(config.duration("session_timeout")).count()));
  KafkaProperties classic = common, consumer = common;
  classic["group.protocol"] = "classic";
  classic["session.timeout.ms"] = ms_of(config, "session_timeout");
  classic["heartbeat.interval.ms"] = ms_of(config, "session_timeout", 4);
  classic["partition.assignment.strategy"] = config.text("assignor");
  consumer["group.protocol"] = "consumer";
  const std::vector<std::string> kept = {"group.id", "enable.auto.commit", "enable.auto.offset.store",
                                         "auto.offset.reset", "group.instance.id"};
  CHURNSTREAM_TRY_ASSIGN(settings.classic, kafka_properties_of(config, std::move(classic), kept));
  CHURNSTREAM_TRY_ASSIGN(settings.consumer, kafka_properties_of(config, std::move(consumer), kept));
  return settings;
}

}  // namespace churnstream
