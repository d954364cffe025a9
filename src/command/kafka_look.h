// What run --dry-run says of topics: they are asked, and nothing is changed; no group is joined.
#pragma once

#include <string>

#include "base/result.h"
#include "config/options.h"

namespace churnstream {

// How much of [source]'s topic would be read, partition by partition: sentences. Wrong when it is not there.
Result<std::string> look_at_kafka_source(const Config& source);

// Whether the topic that a sink or [refused] names is there, and what is in it: one sentence.
Result<std::string> look_at_kafka_topic(const Config& config);

}  // namespace churnstream
