// Scores into Cassandra, effectively once: every write is an upsert with the record's own key and write time,
// so that the same rows leave one copy however often they come, and an older event never overwrites a newer
// one. It keeps no positions: a row is delivered when as many replicas have it as `consistency` says. Tables:
// docs/formats/stores.md. Any number of lanes and processes may write.
#pragma once

#include <memory>

#include "sink/cassandra_session.h"
#include "sink/sink.h"

namespace churnstream {

Result<std::unique_ptr<Sink>> make_cassandra_sink(const Config& config);
std::unique_ptr<Sink> make_cassandra_sink(CassandraSettings settings, OpenCassandra open = open_cassandra);

}  // namespace churnstream
