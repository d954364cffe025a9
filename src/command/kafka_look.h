// What a look at a topic finds, for run --dry-run and doctor: brokers are asked, and nothing is changed; no
// group is joined.
#pragma once

#include "config/options.h"
#include "data/finding.h"
#include "sink/sink.h"

namespace churnstream {

// How much of [source]'s topic would be read, partition by partition.
Findings look_at_kafka_source(const Config& source);

// Whether [outcomes]'s topic is there, and how many records wait for churnstream outcomes.
Findings look_at_outcomes_topic(const Config& outcomes);

// Whether the topic that a sink or [refused] names is there and takes records, and what is in it.
Findings look_at_kafka_topic(const Config& config, const Assignment& wanted);

}  // namespace churnstream
