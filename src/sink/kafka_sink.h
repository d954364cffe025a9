// [[sink]] type = "kafka": scored rows as records of a topic. Behind a Kafka source exactly once, in
// transactions that hold the source's offsets; else at least once, each batch acknowledged before the next.
//
// Delivery, protocol and error classes: Kafka protocol guide, transactions (KIP-98, KIP-447); librdkafka's
// INTRODUCTION.md, "Transactional producer".
#pragma once

#include <memory>
#include <string>

#include "config/options.h"
#include "sink/sink.h"

namespace churnstream {

Options kafka_sink_options();

// At least once.
Result<std::unique_ptr<Sink>> make_kafka_sink(const Config& config);

// Exactly once. The transactional id is "<group>-<owner>". `refused`: the section [refused] of type kafka,
// where refused rows are in the transaction too; else null.
Result<std::unique_ptr<TransactionalSink>> make_kafka_transactional_sink(const Config& config,
                                                                         const std::string& group,
                                                                         const Config* refused);

}  // namespace churnstream
