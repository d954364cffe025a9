// [refused] type = "kafka": refused rows as records with their own key, value and headers as they came, and
// why they were refused in further headers, in the manner of KIP-1034 (docs/formats/scored-record.md).
#pragma once

#include <memory>

#include "base/clock.h"
#include "config/options.h"
#include "sink/sink.h"

namespace churnstream {

Options kafka_refused_options();

// At least once, with a producer of its own: for streams without transactions.
Result<std::unique_ptr<RefusedStore>> make_kafka_refused_store(const Config& config, Clock& clock);

}  // namespace churnstream
