// What a Kafka message carries besides its value, in our words: its bytes, its time, and its headers as one
// run of bytes (data/record_headers.h), both ways. Any thread.
#pragma once

#include <string>
#include <string_view>

#include "base/clock.h"
#include "kafka/kafka_client.h"

namespace churnstream {

// Empty for a null key or value.
inline std::string_view bytes_of(const void* data, std::size_t length) {
  return data == nullptr ? std::string_view() : std::string_view(static_cast<const char*>(data), length);
}

// 0 where the message has none.
EpochMicros time_us_of(const rd_kafka_message_t& message);

// Appends the message's headers to `out`.
void append_headers(const rd_kafka_message_t& message, std::string& out);

// Adds headers that append_headers wrote; for a message that is to be sent.
void add_headers(rd_kafka_headers_t* headers, std::string_view from);

}  // namespace churnstream
