// What the two Kafka sinks have in common besides their records. Plain values.
#pragma once

#include "config/options.h"
#include "sink/kafka_records.h"

namespace churnstream {

KafkaRecordSettings kafka_record_settings_of(const Config& config);
// `more` are the properties that one of the sinks needs and nobody may change.
Result<KafkaProperties> kafka_producer_properties_of(const Config& config, const KafkaProperties& more);

}  // namespace churnstream
