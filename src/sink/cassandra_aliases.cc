#include "sink/cassandra_aliases.h"

#include <fmt/format.h>

#include <charconv>
#include <optional>

#include "base/ascii.h"
#include "config/config_file.h"

namespace churnstream {
namespace {

// What a value must be, when it is not that.
using Complaint = std::optional<std::string>;
constexpr std::nullopt_t kFine = std::nullopt;

std::optional<long> whole_number(const std::string& text, long least, long most) {
  long value = 0;
  const auto [end, problem] = std::from_chars(text.data(), text.data() + text.size(), value);
  const bool is_whole = problem == std::errc() && end == text.data() + text.size();
  return is_whole && value >= least && value <= most ? std::optional(value) : std::nullopt;
}

Complaint choose(std::string& into, const std::string& text, const std::vector<std::string>& names) {
  const std::string name = upper_ascii(text);
  for (const std::string& one : names)
    if (name == upper_ascii(one)) {
      into = one;
      return kFine;
    }
  return fmt::format("one of {}", fmt::join(names, ", "));
}

Complaint choose(bool& into, const std::string& text) {
  std::string word;
  if (choose(word, text, {"true", "false"})) return "true or false";
  into = word == "true";
  return kFine;
}

Complaint choose(std::chrono::milliseconds& into, const std::string& text) {
  const auto value = whole_number(text, 100, 3'600'000);
  if (!value) return "milliseconds, at least 100";
  into = std::chrono::milliseconds(*value);
  return kFine;
}

// Hosts are given without ports, which are one for all.
Complaint choose_hosts(CassandraSettings& settings, const std::string& text) {
  const std::string port = settings.nodes.front().substr(settings.nodes.front().rfind(':'));
  settings.nodes.clear();
  for (std::size_t begin = 0; begin <= text.size();) {
    const std::size_t end = std::min(text.find(',', begin), text.size());
    const std::string host = text.substr(begin, end - begin);
    if (host.empty()) return "host names or addresses with commas between them";
    settings.nodes.push_back(host.find(':') == std::string::npos ? host + port : host);
    begin = end + 1;
  }
  return kFine;
}

Complaint choose_port(CassandraSettings& settings, const std::string& text) {
  const auto port = whole_number(text, 1, 65'535);
  if (!port) return "a port";
  for (std::string& node : settings.nodes) node = node.substr(0, node.rfind(':') + 1) + std::to_string(*port);
  return kFine;
}

Complaint choose_ttl(CassandraSettings& settings, const std::string& text) {
  const auto seconds = whole_number(text, 0, kCassandraTtlMost.count());
  if (!seconds) return "seconds, at most twenty years; 0: for ever";
  settings.retention.clear();
  if (*seconds == 0) return kFine;
  if (settings.has_scores) settings.retention["churn_scores"] = std::chrono::seconds(*seconds);
  if (settings.has_events) settings.retention["churn_events"] = std::chrono::seconds(*seconds);
  return kFine;
}

Complaint choose_in_flight(CassandraSettings& settings, const std::string& text) {
  const auto count = whole_number(text, 1, kCassandraInFlightMost);
  if (!count) return fmt::format("a number from 1 to {}", kCassandraInFlightMost);
  settings.concurrent_writes = static_cast<std::size_t>(*count);
  return kFine;
}

struct Alias {
  const char* name;  // behind "spark.cassandra."
  Complaint (*apply)(CassandraSettings& settings, const std::string& value);
};

// In the order they are applied: the port before the hosts that take it.
constexpr Alias kAliases[] = {
    {"connection.port", choose_port},
    {"connection.host", choose_hosts},
    {"connection.localDC", [](auto& to, auto& text) { return to.local_datacenter = text, Complaint(); }},
    {"connection.timeoutMS", [](auto& to, auto& text) { return choose(to.connect_timeout, text); }},
    {"connection.compression",
     [](auto& to, auto& text) {
       return choose(to.compression, text, {"none", "lz4"});
     }},
    {"connection.ssl.enabled", [](auto& to, auto& text) { return choose(to.tls, text); }},
    {"auth.username", [](auto& to, auto& text) { return to.user = text, Complaint(); }},
    {"auth.password", [](auto& to, auto& text) { return to.password = text, Complaint(); }},
    {"read.timeoutMS", [](auto& to, auto& text) { return choose(to.timeout, text); }},
    {"output.consistency.level",
     [](auto& to, auto& text) { return choose(to.consistency, text, cassandra_consistency_levels()); }},
    {"output.concurrent.writes", choose_in_flight},
    {"output.ignoreNulls", [](auto& to, auto& text) { return choose(to.leaves_missing, text); }},
    {"output.ttl", choose_ttl},
};

// Names that mean something there and nothing here, and why.
constexpr std::pair<const char*, const char*> kElsewhere[] = {
    {"output.batch.", "rows are written one by one, each to a replica of its own: leave it out"},
    {"output.timestamp", "write times come from the events, so that an older one never wins: leave it out"},
    {"output.ifNotExists", "writes are upserts in which the newest event wins: leave it out"},
    {"output.throughputMBPerSec", "use concurrent_writes"},
    {"connection.ssl.trustStore", "use tls_ca, a PEM file"},
    {"connection.ssl.keyStore", "use tls_certificate and tls_key, PEM files"},
    {"query.retry.count", "trouble is tried again until it passes: leave it out"},
    {"input.", "nothing is read: leave it out"},
};

tl::unexpected<Error> not_known(const Config& config, const std::string& name) {
  std::vector<std::string> names;
  for (const Alias& alias : kAliases) names.push_back(std::string("spark.cassandra.") + alias.name);
  for (const auto& [begin, instead] : kElsewhere)
    if (name.starts_with(std::string("spark.cassandra.") + begin))
      return wrong(config.where("keyspace"), name, "this has no meaning here", instead);
  const std::string nearest = nearest_name(name, names);
  return wrong(config.where("keyspace"), name, "no option of the Spark connector that we know has this name",
               nearest.empty() ? "docs/guides/cassandra.md lists them" : "did you mean " + nearest + "?");
}

}  // namespace

Result<void> apply_spark_names(const Config& config, CassandraSettings& settings) {
  std::map<std::string, std::string> left = config.passed_on();
  for (const Alias& alias : kAliases) {
    const auto given = left.find(std::string("spark.cassandra.") + alias.name);
    if (given == left.end()) continue;
    if (const Complaint wanted = alias.apply(settings, given->second))
      return wrong(config.where("keyspace"), given->first, "this must be " + *wanted);
    left.erase(given);
  }
  if (!left.empty()) return not_known(config, left.begin()->first);
  return {};
}

}  // namespace churnstream
