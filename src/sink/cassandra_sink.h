// Scores into Cassandra, effectively once: every write is an upsert with the record's own key and write time,
// so that the same rows leave one copy however often they come, and an older event never overwrites a newer
// one. It keeps no positions: a row is delivered when as many replicas have it as `consistency` says. Tables:
// docs/formats/stores.md. Any number of lanes and processes may write.
#pragma once

#include <memory>

#include "sink/backfill.h"
#include "sink/cassandra_session.h"
#include "sink/sink.h"

namespace churnstream {

Result<std::unique_ptr<Sink>> make_cassandra_sink(const Config& config);
std::unique_ptr<Sink> make_cassandra_sink(CassandraSettings settings, OpenCassandra open = open_cassandra);
// Writes past rows beside whoever writes the tables. Before each batch it looks what of it is there: that
// stays, or is replaced with the write time behind the one that stands there. Two that replace the same rows
// at once may mix their values.
std::unique_ptr<Sink> make_cassandra_backfill(CassandraSettings settings, RowsThere there,
                                              OpenCassandra open = open_cassandra);

}  // namespace churnstream
