// Erases a customer from the tables of a Cassandra store, also while streams write them: their row of
// churn_scores, and each of their partitions of churn_events, whatever months there are.
#pragma once

#include "sink/cassandra_session.h"
#include "sink/erasure.h"

namespace churnstream {

// Deletes up to the newest write time found in a partition: what comes later with a later event time is
// stored again, and the very records that were found are not. Looks at everything before it erases anything,
// so that an error means that nothing was erased; what could not be erased afterwards, or came meanwhile, is
// in `left`. Reads the keys of all of churn_events' partitions: they have no index by customer. Tables that
// are not there have nobody in them.
Result<Erasure> forget_in_cassandra(const CassandraSettings& settings, const ErasureWishes& wishes,
                                    const OpenCassandra& open = open_cassandra);

}  // namespace churnstream
