// Why a row was refused, as headers of a Kafka record, both ways (docs/formats/scored-record.md). Any thread.
#pragma once

#include "data/refused_row.h"
#include "kafka/kafka_client.h"

namespace churnstream {

// The record's own headers and ours behind them; the caller owns them.
rd_kafka_headers_t* refused_headers_of(const RefusedRow& row);

// The other way, from headers as data/record_headers.h writes them: ours become fields, the record's own
// stay. Its key and bytes are empty; its topic is empty where our headers are missing.
RefusedRow refused_row_of(std::string_view headers);

}  // namespace churnstream
