// [source] type = "kafka": the records of a topic, as a member of a consumer group. Each lane is a member of
// its own; the group shares the partitions out and keeps the positions, with the topic's id beside each, so
// that a topic made anew is noticed. Nothing is committed but what commit() or a transaction says.
//
// Protocol: Kafka's consumer group protocol, classic (KIP-62, KIP-345, KIP-429) or KIP-848.
#pragma once

#include <memory>
#include <string>

#include "base/clock.h"
#include "config/options.h"
#include "source/source.h"

namespace churnstream {

Options kafka_source_options();

// `member`: our name in the group, the same after a restart. `until_end`: finished at the end offsets seen
// when partitions are assigned. `transactional`: offsets are committed by transactions, commit() is not
// called.
Result<std::unique_ptr<Source>> make_kafka_source(const Config& config, Clock& clock,
                                                  const std::string& member, bool until_end,
                                                  bool transactional);

}  // namespace churnstream
