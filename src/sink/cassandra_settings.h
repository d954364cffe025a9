// [[sink]] type = "cassandra": what the section says, checked before anything is opened. Plain values.
#pragma once

#include <chrono>
#include <map>
#include <string>
#include <vector>

#include "config/options.h"

namespace churnstream {

constexpr std::chrono::seconds kCassandraTtlMost{20LL * 365 * 24 * 3'600};  // the server's own limit
constexpr int kCassandraInFlightMost = 16'384;  // a connection can tell 32,768 answers apart

const std::vector<std::string>& cassandra_consistency_levels();

struct CassandraSettings {
  std::vector<std::string> nodes;  // "host:port"
  std::string keyspace;
  std::map<std::string, int> replication;  // by datacenter; empty: chosen when the keyspace is made
  std::string local_datacenter;            // empty: there is only one
  std::string user, password;              // no user: no authentication
  bool tls = false;
  std::string tls_ca, tls_certificate, tls_key;  // PEM files
  std::string consistency = "LOCAL_QUORUM";
  std::string compression = "lz4";
  std::size_t concurrent_writes = 256;
  bool has_scores = true, has_events = true;
  bool adds_columns = false;    // a customer's new column is added to tables that are there
  bool leaves_missing = false;  // a missing value leaves what churn_scores has
  std::map<std::string, std::chrono::seconds> retention;  // how long rows live once written, by table
  std::chrono::milliseconds connect_timeout{5'000}, timeout{12'000};
};

Options cassandra_options();
Result<CassandraSettings> cassandra_settings_of(const Config& config);

}  // namespace churnstream
