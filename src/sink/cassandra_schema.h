// The keyspace and the tables in Cassandra (docs/formats/stores.md): made where they are missing, otherwise
// compared. Used by the sink's thread while it opens, and when the server refuses rows.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "sink/cassandra_session.h"

namespace churnstream {

constexpr int kCassandraFormatVersion = 1;
constexpr const char* kCassandraMonth = "month";  // of churn_events' partitions: 202611

// "keyspace"."table".
std::string cassandra_table(const CassandraSettings& settings, std::string_view table);

// Trouble that asking again may mend; wrong where rights are missing. The statements are right by themselves:
// what a node calls invalid in one is a keyspace or a table of which it has not heard while the nodes agree
// about the schema.
tl::unexpected<Error> cassandra_opening_failed(const CassandraSettings& settings,
                                               const CassandraFailure& failure);

// Looks before it makes, so that a writer whose tables are there needs no right to make some. Wrong names
// everything that differs; trouble: ask again.
Result<void> make_or_check_cassandra_tables(CassandraSession& session, const CassandraSettings& settings,
                                            const ScoredRecord& record);
// The same without making or adding: what differs from what a writer needs.
enum class CassandraMissing {
  is_wrong,
  would_be_made,
  was_just_made,  // and not every node has heard of it: trouble
};
Result<void> check_cassandra_tables(CassandraSession& session, const CassandraSettings& settings,
                                    const ScoredRecord& record, CassandraMissing missing);

// For a look. Errors are those of opening: wrong where somebody has to act, trouble where asking again helps.
Result<CassandraRows> ask_cassandra(CassandraSession& session, const CassandraSettings& settings,
                                    const std::string& cql);
// How many nodes each has.
Result<std::map<std::string, int>> cassandra_datacenters(CassandraSession& session,
                                                         const CassandraSettings& settings);
Result<std::vector<std::string>> missing_cassandra_tables(CassandraSession& session,
                                                          const CassandraSettings& settings);

}  // namespace churnstream
