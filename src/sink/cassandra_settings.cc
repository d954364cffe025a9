#include "sink/cassandra_settings.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "config/duration.h"
#include "sink/cassandra_aliases.h"
#include "sink/chosen_tables.h"

namespace churnstream {
namespace {

constexpr std::size_t kKeyspaceBytesMax = 48;  // the server's own limit
constexpr std::chrono::hours kRetentionLeast{1};

Result<void> choose_nodes(const Config& config, CassandraSettings& settings) {
  const std::int64_t port = config.integer("port");
  for (const std::string& node : config.texts("nodes")) {
    if (node.empty()) return wrong(config.where("nodes"), "nodes", "a node has no name");
    // An IPv6 address with a port stands in brackets; one without has more than one colon.
    const bool has_port = node.find(':') != std::string::npos &&
                          (node.find(':') == node.rfind(':') || node.find("]:") != std::string::npos);
    settings.nodes.push_back(has_port ? node : fmt::format("{}:{}", node, port));
  }
  if (settings.nodes.empty())
    return wrong(config.where("nodes"), "nodes", "there is none", "nodes = [\"10.0.0.1\", \"10.0.0.2\"]");
  return {};
}

// Keyspaces' names are letters, digits and underscores to the server, too.
Result<void> choose_keyspace(const Config& config, CassandraSettings& settings) {
  settings.keyspace = config.text("keyspace");
  const bool is_name = std::all_of(settings.keyspace.begin(), settings.keyspace.end(), [](char letter) {
    return (letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z') ||
           (letter >= '0' && letter <= '9') || letter == '_';
  });
  if (!is_name || settings.keyspace.empty() || settings.keyspace.size() > kKeyspaceBytesMax)
    return wrong(config.where("keyspace"), settings.keyspace, "this is no name of a keyspace",
                 "letters, digits and underscores, at most 48");
  for (const auto& [datacenter, count] : config.table("replication")) {
    if (count != std::floor(count) || count < 0 || count > 100)
      return wrong(config.where("replication"), datacenter, "this is no number of replicas");
    settings.replication[datacenter] = static_cast<int>(count);
  }
  return {};
}

Result<void> choose_tables(const Config& config, CassandraSettings& settings) {
  CHURNSTREAM_TRY_ASSIGN(const ChosenTables tables, chosen_tables(config));
  settings.has_scores = tables.has_scores;
  settings.has_events = tables.has_events;
  const std::vector<std::string>& written = config.texts("tables");
  for (const auto& [table, text] : config.text_table("retention")) {
    if (std::find(written.begin(), written.end(), table) == written.end())
      return wrong(config.where("retention"), table, "this sink writes no table of this name",
                   "retention = { churn_events = \"90d\" }");
    const auto age = parse_duration(text);
    if (!age || *age < kRetentionLeast || *age > kCassandraTtlMost)
      return wrong(config.where("retention"), table, "this is not a time from an hour to twenty years",
                   "\"12h\", \"90d\"");
    settings.retention[table] = std::chrono::duration_cast<std::chrono::seconds>(*age);
  }
  return {};
}

Result<void> choose_login(const Config& config, CassandraSettings& settings) {
  settings.user = config.text("user");
  if (config.has("password")) settings.password = config.text("password");
  settings.tls = config.flag("tls");
  const auto path = [&](const char* name) {
    return config.has(name) ? config.path(name).string() : std::string();
  };
  settings.tls_ca = path("tls_ca");
  settings.tls_certificate = path("tls_certificate");
  settings.tls_key = path("tls_key");
  if (settings.tls_certificate.empty() != settings.tls_key.empty())
    return wrong(config.where("tls_key"), "tls_key", "a certificate and its key come together",
                 "give tls_certificate and tls_key");
  return {};
}

// What can be said only when the aliases have been read.
Result<void> check_together(const Config& config, const CassandraSettings& settings) {
  if (settings.user.empty() && !settings.password.empty())
    return wrong(config.where("password"), "password", "there is no user whose it is", "give user, too");
  const bool has_files = !settings.tls_ca.empty() || !settings.tls_certificate.empty();
  if (has_files && !settings.tls)
    return wrong(config.where("tls"), "tls", "certificates are given and TLS is off", "tls = true");
  return {};
}

}  // namespace

const std::vector<std::string>& cassandra_consistency_levels() {
  static const std::vector<std::string> kLevels{"LOCAL_ONE", "LOCAL_QUORUM", "ONE", "TWO",
                                                "THREE",     "QUORUM",       "ALL"};
  return kLevels;
}

Options cassandra_options() {
  Options options("sink.cassandra",
                  "Scores into Cassandra tables: effectively once, by any number of writers.");
  options
      .texts("nodes",
             "Some nodes of the cluster, \"host\" or \"host:port\"; the others are learned from them.")
      .fallback(std::vector<std::string>{"127.0.0.1"});
  options.integer("port", "The port of nodes that are given without one.").between(1, 65'535).fallback(9'042);
  options.text("keyspace", "The keyspace of the tables; both are made where they are missing.")
      .fallback("churn");
  options
      .table(
          "replication",
          "Replicas by datacenter, { dc1 = 3 }, for a keyspace that is made, and compared with one that is "
          "there. Left out: three in the only datacenter, or as many as it has nodes.")
      .fallback(std::map<std::string, double>());
  options
      .text("local_datacenter",
            "Whose nodes are written to and counted by LOCAL_QUORUM; needed when the cluster has several.")
      .fallback("");
  options.text("user", "Whom to log in as; \"\": no login.").fallback("");
  options.secret("password", "The user's password.");
  options.flag("tls", "Speak TLS; a node's certificate has to name the address it is reached at.")
      .fallback(false);
  options.path("tls_ca", "PEM file of the authorities whose certificates count. Left out: the system's.");
  options.path("tls_certificate",
               "PEM file of our own certificate and its chain, where the cluster asks for one.");
  options.path("tls_key", "PEM file of its private key.");
  options.text("consistency", "How many replicas have to have a row before it counts as delivered.")
      .one_of(cassandra_consistency_levels())
      .fallback("LOCAL_QUORUM");
  options.text("compression", "Of what is sent and received.").one_of({"lz4", "none"}).fallback("lz4");
  options
      .integer("concurrent_writes",
               "Most rows under way at a time, of one writer; fewer while the cluster is overloaded.")
      .between(1, kCassandraInFlightMost)
      .fallback(256);
  declare_tables(options);
  options.text("new_columns", "What becomes of customers' columns that the tables do not have.")
      .one_of({"refuse", "add"})
      .fallback("refuse");
  options
      .text("missing",
            "What a value that the newest event does not have does to churn_scores: null takes out an older "
            "event's value and makes a tombstone, leave lets it stand.")
      .one_of({"null", "leave"})
      .fallback("null");
  options
      .text_table("retention",
                  "How long rows live once they are written (Cassandra's TTL): { churn_events = \"90d\", "
                  "churn_scores = \"365d\" }. Left out: for ever.")
      .fallback(std::map<std::string, std::string>());
  options.duration("connect_timeout", "How long a node may take to accept a connection.")
      .between(0.1, 3'600)
      .fallback("5s");
  options.duration("timeout", "How long one row may take before its answer counts as lost.")
      .between(0.1, 3'600)
      .fallback("12s");
  options.properties("cassandra",
                     "The Spark Cassandra connector's names, such as spark.cassandra.connection.host.");
  return options;
}

Result<CassandraSettings> cassandra_settings_of(const Config& config) {
  CassandraSettings settings;
  CHURNSTREAM_TRY(choose_nodes(config, settings));
  CHURNSTREAM_TRY(choose_keyspace(config, settings));
  CHURNSTREAM_TRY(choose_tables(config, settings));
  CHURNSTREAM_TRY(choose_login(config, settings));
  settings.local_datacenter = config.text("local_datacenter");
  settings.consistency = config.text("consistency");
  settings.compression = config.text("compression");
  settings.concurrent_writes = static_cast<std::size_t>(config.integer("concurrent_writes"));
  settings.adds_columns = config.text("new_columns") == "add";
  settings.leaves_missing = config.text("missing") == "leave";
  const auto millis = [&](const char* name) {
    return std::chrono::duration_cast<std::chrono::milliseconds>(config.duration(name));
  };
  settings.connect_timeout = millis("connect_timeout");
  settings.timeout = millis("timeout");
  CHURNSTREAM_TRY(apply_spark_names(config, settings));
  CHURNSTREAM_TRY(check_together(config, settings));
  return settings;
}

}  // namespace churnstream
