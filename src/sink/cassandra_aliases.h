// The Spark Cassandra connector's option names, for those who move from it: [sink.cassandra] takes them.
#pragma once

#include "sink/cassandra_settings.h"

namespace churnstream {

// Sets what the names mean. Wrong for a name that has no meaning here, with the nearest that has one or what
// to use instead. What they say counts more than our own options.
Result<void> apply_spark_names(const Config& config, CassandraSettings& settings);

}  // namespace churnstream
