#include "sink/cassandra_look.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "sink/cassandra_schema.h"
#include "sink/clock_look.h"

namespace churnstream {
namespace {

class Look {
 public:
  Look(CassandraSession& session, const CassandraSettings& settings, Findings& found)
      : session_(session), settings_(settings), found_(found) {}

  Result<void> all(const Assignment& wanted) {
    CHURNSTREAM_TRY_ASSIGN(const ScoredRecord record, ScoredRecord::make(*wanted.columns, *wanted.terms));
    CHURNSTREAM_TRY(server());
    CHURNSTREAM_TRY(clock());
    return tables(record);
  }

 private:
  Result<void> server() {
    CHURNSTREAM_TRY_ASSIGN(
        const CassandraRows local,
        ask_cassandra(session_, settings_, "SELECT release_version, cluster_name FROM system.local"));
    CHURNSTREAM_TRY_ASSIGN(const auto nodes, cassandra_datacenters(session_, settings_));
    std::vector<std::string> places;
    for (const auto& [name, count] : nodes)
      places.push_back(fmt::format("{} node{} in {}", count, count == 1 ? "" : "s", name));
    found_.fine(fmt::format("Cassandra {} is there, cluster {}, with {}.", local.front()[0].text(),
                            local.front()[1].text(), fmt::join(places, ", ")));
    return {};
  }

  // Write times are the events' own, so that only what
  // retention takes out goes by it.
  Result<void> clock() {
    const EpochMicros before = system_clock().now_us();
    CHURNSTREAM_TRY_ASSIGN(const CassandraRows rows,
                           ask_cassandra(session_, settings_, "SELECT toTimestamp(now()) FROM system.local"));
    look_at_clock(before, rows.front().front().integer() * 1'000, system_clock().now_us(),
                  "let all machines keep time by NTP: retention goes by the nodes' clocks", found_);
    return {};
  }

  Result<void> tables(const ScoredRecord& record) {
    CHURNSTREAM_TRY_ASSIGN(const std::vector<std::string> missing,
                           missing_cassandra_tables(session_, settings_));
    if (missing.empty())
      found_.fine(fmt::format("The tables of keyspace {} are there.", settings_.keyspace));
    else
      found_.fine(fmt::format("Keyspace {} misses tables of ours: they would be made.", settings_.keyspace));
    return check_cassandra_tables(session_, settings_, record, CassandraMissing::would_be_made);
  }

  CassandraSession& session_;
  const CassandraSettings& settings_;
  Findings& found_;
};

}  // namespace

Findings look_at_cassandra(const CassandraSettings& settings, const Assignment& wanted,
                           const OpenCassandra& open) {
  Findings found;
  const auto session = open(settings);
  if (!session) {
    found.bad(session.error());
    return found;
  }
  if (const Result<void> looked = Look(**session, settings, found).all(wanted); !looked)
    found.bad(looked.error());
  return found;
}

}  // namespace churnstream
