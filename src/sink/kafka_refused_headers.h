// Why a row was refused, as headers of a Kafka record. Any thread.
#pragma once

#include "data/refused_row.h"
#include "kafka/kafka_client.h"

namespace churnstream {

// The record's own headers and ours behind them; the caller owns them.
rd_kafka_headers_t* refused_headers_of(const RefusedRow& row);

}  // namespace churnstream
