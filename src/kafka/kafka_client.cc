#include "kafka/kafka_client.h"

#include <fmt/format.h>
#include <openssl/x509_vfy.h>
#include <syslog.h>

#include <algorithm>
#include <array>

#include "base/log.h"

namespace churnstream {

struct KafkaClient::Heard {
  KafkaListener* listener = nullptr;
  KafkaRole role = KafkaRole::producer;
  std::string brokers;
  mutable std::mutex mutex;
  std::string connection_problem;
  std::string certificate_problem;  // why the last certificate was not trusted
  std::optional<Error> fatal;
};

namespace {

KafkaClient::Heard& heard_of(void* opaque) { return *static_cast<KafkaClient::Heard*>(opaque); }

bool has(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// What OpenSSL found wrong with a certificate.
std::string certificate_sentence(int code) {
  switch (code) {
    case X509_V_ERR_CERT_HAS_EXPIRED: return "the broker's certificate has expired (renew it)";
    case X509_V_ERR_CERT_NOT_YET_VALID:
      return "the broker's certificate is not valid yet (look at both clocks)";
    case X509_V_ERR_HOSTNAME_MISMATCH:
    case X509_V_ERR_IP_ADDRESS_MISMATCH:
      return "the broker's certificate names another host (connect to a name that is in it)";
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
    case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
    case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    case X509_V_ERR_CERT_SIGNATURE_FAILURE:
    case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
    case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
      return "the broker's certificate is signed by an authority we do not know (ssl.ca.location)";
    default:
      return fmt::format("the broker's certificate is not trusted: {}", X509_verify_cert_error_string(code));
  }
}

// Asked for each certificate of the chain, behind OpenSSL's own judgement, which stands. Any thread.
int on_certificate(rd_kafka_t*, const char*, std::int32_t, int* code, int, const char*, std::size_t,
                   char* words, std::size_t words_size, void* opaque) {
  if (*code == X509_V_OK) return 1;
  KafkaClient::Heard& heard = heard_of(opaque);
  const std::lock_guard lock(heard.mutex);
  heard.certificate_problem = certificate_sentence(*code);
  std::snprintf(words, words_size, "%s", heard.certificate_problem.c_str());
  return 0;
}

// librdkafka says what happened in many words; these are ours, with what to try.
std::string sentence_of(rd_kafka_resp_err_t code, std::string_view words) {
  struct Known {
    std::string_view part;
    const char* sentence;
  };
  static constexpr std::array<Known, 3> kKnown = {{
      {"Unsupported SASL mechanism", "the broker does not offer this way to log in (sasl.mechanism)"},
      {"connecting to a PLAINTEXT broker listener",
       "the broker speaks plain text there (another port, or security.protocol without SSL)"},
      {"closed by peer (after",
       "the broker hung up while TLS began; perhaps it speaks plain text there (another "
       "port, or security.protocol without SSL)"},
  }};
  for (const Known& known : kKnown)
    if (has(words, known.part)) return known.sentence;
  if (code == RD_KAFKA_RESP_ERR__AUTHENTICATION || code == RD_KAFKA_RESP_ERR_SASL_AUTHENTICATION_FAILED)
    return fmt::format("the broker refused the user name or the password (sasl.username, sasl.password): {}",
                       words);
  return std::string(words);
}

void on_error(rd_kafka_t* handle, int code, const char* reason, void* opaque) {
  KafkaClient::Heard& heard = heard_of(opaque);
  const auto error = static_cast<rd_kafka_resp_err_t>(code);
  const std::lock_guard lock(heard.mutex);
  if (error == RD_KAFKA_RESP_ERR__FATAL) {
    std::array<char, 512> words{};
    const rd_kafka_resp_err_t cause = rd_kafka_fatal_error(handle, words.data(), words.size());
    heard.fatal = Error{fmt::format("{} ({})", words.data(), rd_kafka_err2name(cause)), ErrorKind::wrong};
    return;
  }
  // That all brokers are down says less than why the last one was.
  if (error == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN && !heard.connection_problem.empty()) return;
  heard.connection_problem = error == RD_KAFKA_RESP_ERR__SSL && !heard.certificate_problem.empty()
                                 ? heard.certificate_problem
                                 : sentence_of(error, reason);
}

void on_log(const rd_kafka_t* handle, int level, const char* facility, const char* words) {
  KafkaClient::Heard& heard = heard_of(rd_kafka_opaque(handle));
  if (heard.listener != nullptr) heard.listener->on_log(facility, words);
  const std::string line = fmt::format("librdkafka: {}", words);
  if (level <= LOG_CRIT)
    log_error(line);
  else if (level <= LOG_ERR)
    log_warn(line);
  else
    log_debug(line);
}

void on_rebalance(rd_kafka_t* handle, rd_kafka_resp_err_t event, rd_kafka_topic_partition_list_t* partitions,
                  void* opaque) {
  heard_of(opaque).listener->on_rebalance(handle, event, partitions);
}

void on_delivery(rd_kafka_t*, const rd_kafka_message_t* message, void* opaque) {
  heard_of(opaque).listener->on_delivery(*message);
}

void on_offset_commit(rd_kafka_t*, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t* offsets,
                      void* opaque) {
  heard_of(opaque).listener->on_offset_commit(code, offsets);
}

int on_statistics(rd_kafka_t*, char* json, std::size_t length, void* opaque) {
  heard_of(opaque).listener->on_statistics({json, length});
  return 0;
}

void set_callbacks(rd_kafka_conf_t* conf, KafkaRole role, KafkaClient::Heard& heard) {
  rd_kafka_conf_set_opaque(conf, &heard);
  rd_kafka_conf_set_error_cb(conf, on_error);
  rd_kafka_conf_set_log_cb(conf, on_log);
  rd_kafka_conf_set_ssl_cert_verify_cb(conf, on_certificate);
  if (heard.listener == nullptr) return;
  rd_kafka_conf_set_stats_cb(conf, on_statistics);
  if (role == KafkaRole::consumer) {
    rd_kafka_conf_set_rebalance_cb(conf, on_rebalance);
    rd_kafka_conf_set_offset_commit_cb(conf, on_offset_commit);
  } else {
    rd_kafka_conf_set_dr_msg_cb(conf, on_delivery);
  }
}

}  // namespace

void add_kafka_client_options(Options& options) {
  options.text("brokers", "Where to find the cluster: host:port, several with commas.").required();
  options.properties("kafka", "librdkafka's own properties, such as security.protocol = \"SASL_SSL\".");
}

Result<KafkaProperties> kafka_properties_of(const Config& config, KafkaProperties ours,
                                            const std::vector<std::string>& kept) {
  for (const auto& [name, value] : config.passed_on()) {
    if (std::find(kept.begin(), kept.end(), name) != kept.end())
      return wrong(config.where("brokers"), name, "this property is ours to set: delivery depends on it",
                   "take it out of the kafka section");
    ours[name] = value;
  }
  ours["bootstrap.servers"] = config.text("brokers");
  return ours;
}

Result<KafkaClient> KafkaClient::make(KafkaRole role, const KafkaProperties& properties,
                                      KafkaListener* listener) {
  struct FreeConf {
    void operator()(rd_kafka_conf_t* conf) const { rd_kafka_conf_destroy(conf); }
  };
  std::unique_ptr<rd_kafka_conf_t, FreeConf> conf(rd_kafka_conf_new());
  std::array<char, 512> words{};
  for (const auto& [name, value] : properties)
    if (rd_kafka_conf_set(conf.get(), name.c_str(), value.c_str(), words.data(), words.size()) !=
        RD_KAFKA_CONF_OK)
      return wrong("setting up Kafka", name, words.data());
  auto heard = std::make_unique<Heard>();
  heard->listener = listener;
  heard->role = role;
  if (const auto brokers = properties.find("bootstrap.servers"); brokers != properties.end())
    heard->brokers = brokers->second;
  set_callbacks(conf.get(), role, *heard);
  rd_kafka_t* handle = rd_kafka_new(role == KafkaRole::consumer ? RD_KAFKA_CONSUMER : RD_KAFKA_PRODUCER,
                                    conf.get(), words.data(), words.size());
  if (handle == nullptr) return wrong("setting up Kafka", heard->brokers, sentence_of({}, words.data()));
  conf.release();  // it is the handle's now
  return KafkaClient(std::move(heard), handle);
}

KafkaClient::KafkaClient(std::unique_ptr<Heard> heard, rd_kafka_t* handle)
    : heard_(std::move(heard)), handle_(handle) {}
KafkaClient::KafkaClient(KafkaClient&&) noexcept = default;
KafkaClient& KafkaClient::operator=(KafkaClient&& other) noexcept {
  handle_ = std::move(other.handle_);  // before what it points to
  heard_ = std::move(other.heard_);
  return *this;
}
KafkaClient::~KafkaClient() = default;

const std::string& KafkaClient::brokers() const { return heard_->brokers; }

std::string KafkaClient::connection_problem(bool forget) const {
  const std::lock_guard lock(heard_->mutex);
  return forget ? std::exchange(heard_->connection_problem, {}) : heard_->connection_problem;
}

std::optional<Error> KafkaClient::fatal() const {
  const std::lock_guard lock(heard_->mutex);
  return heard_->fatal;
}

Error KafkaClient::error(std::string_view doing, std::string_view object, rd_kafka_resp_err_t code,
                         std::string_view detail) const {
  std::string happened(detail.empty() ? std::string_view(rd_kafka_err2str(code)) : detail);
  const bool may_be_the_connection =
      code == RD_KAFKA_RESP_ERR__TRANSPORT || code == RD_KAFKA_RESP_ERR__TIMED_OUT ||
      code == RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN || code == RD_KAFKA_RESP_ERR__MSG_TIMED_OUT;
  // Nobody may have polled a producer since its connection failed; a consumer is polled by its owner.
  if (may_be_the_connection && heard_->role == KafkaRole::producer) rd_kafka_poll(get(), 0);
  if (may_be_the_connection)
    if (const std::string problem = connection_problem(); !problem.empty()) happened = problem;
  switch (code) {
    case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
    case RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
      return wrong(doing, object, "there is no such topic at " + brokers(), "churnstream topics create")
          .value();
    case RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS:
      return wrong(doing, object, "there is a topic of this name already", "churnstream topics describe")
          .value();
    case RD_KAFKA_RESP_ERR_INVALID_REPLICATION_FACTOR:
    case RD_KAFKA_RESP_ERR_INVALID_PARTITIONS:
    case RD_KAFKA_RESP_ERR_INVALID_CONFIG:
    case RD_KAFKA_RESP_ERR_TOPIC_EXCEPTION: return wrong(doing, object, happened).value();
    case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
    case RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED:
      return failed(doing, object, "this user may not do that (an ACL is missing)").value();
    case RD_KAFKA_RESP_ERR__TIMED_OUT:
    case RD_KAFKA_RESP_ERR__TRANSPORT:
      // What was heard about the connection says itself what to try.
      if (!connection_problem().empty()) return failed(doing, object, happened).value();
      return failed(doing, object, happened, "is a broker running at " + brokers() + "?").value();
    default: return failed(doing, object, happened).value();
  }
}

}  // namespace churnstream
