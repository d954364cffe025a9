// What a look at a Cassandra store finds: the server, its nodes, the tables, the clocks. Connects and reads;
// changes nothing.
#pragma once

#include "data/finding.h"
#include "sink/cassandra_session.h"
#include "sink/sink.h"

namespace churnstream {

Findings look_at_cassandra(const CassandraSettings& settings, const Assignment& wanted,
                           const OpenCassandra& open = open_cassandra);

}  // namespace churnstream
