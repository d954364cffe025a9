#include "kafka/kafka_headers.h"

#include "data/record_headers.h"

namespace churnstream {

EpochMicros time_us_of(const rd_kafka_message_t& message) {
  rd_kafka_timestamp_type_t type{};
  const std::int64_t time_ms = rd_kafka_message_timestamp(&message, &type);
  return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? 0 : time_ms * 1'000;
}

void append_headers(const rd_kafka_message_t& message, std::string& out) {
  rd_kafka_headers_t* headers = nullptr;
  if (rd_kafka_message_headers(&message, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR) return;
  const char* name = nullptr;
  const void* value = nullptr;
  std::size_t length = 0;
  for (std::size_t index = 0;
       rd_kafka_header_get_all(headers, index, &name, &value, &length) == RD_KAFKA_RESP_ERR_NO_ERROR; ++index)
    append_header(out, name, value == nullptr ? std::nullopt : std::optional(bytes_of(value, length)));
}

void add_headers(rd_kafka_headers_t* headers, std::string_view from) {
  for (const RecordHeader& header : headers_of(from))
    rd_kafka_header_add(headers, header.name.data(), static_cast<ssize_t>(header.name.size()),
                        header.value ? header.value->data() : nullptr,
                        header.value ? static_cast<ssize_t>(header.value->size()) : 0);
}

}  // namespace churnstream
