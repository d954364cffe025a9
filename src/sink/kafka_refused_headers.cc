#include "sink/kafka_refused_headers.h"

#include <charconv>

#include "data/record_headers.h"
#include "kafka/kafka_headers.h"

namespace churnstream {
namespace {

constexpr std::string_view kPrefix = "churnstream.refused.";

void add(rd_kafka_headers_t* headers, std::string_view field, std::string_view value) {
  const std::string name = std::string(kPrefix).append(field);
  rd_kafka_header_add(headers, name.c_str(), -1, value.data(), static_cast<ssize_t>(value.size()));
}

std::int64_t number_in(std::string_view text) {
  std::int64_t number = -1;
  std::from_chars(text.data(), text.data() + text.size(), number);
  return number;
}

void take(std::string_view field, std::string_view value, RefusedRow& row) {
  if (field == "stage") row.stage = value;
  if (field == "reason") row.reason = value;
  if (field == "topic") row.partition.topic = value;
  if (field == "partition") row.partition.number = static_cast<std::int32_t>(number_in(value));
  if (field == "offset") row.offset = Offset{number_in(value)};
  if (field == "time") row.time_us = parse_rfc3339(value).value_or(0);
}

}  // namespace

rd_kafka_headers_t* refused_headers_of(const RefusedRow& row) {
  rd_kafka_headers_t* headers = rd_kafka_headers_new(8);
  add_headers(headers, row.headers);
  add(headers, "stage", row.stage);
  add(headers, "reason", row.reason);
  add(headers, "topic", row.partition.topic);
  add(headers, "partition", std::to_string(row.partition.number));
  add(headers, "offset", std::to_string(number_of(row.offset)));
  add(headers, "time", rfc3339(row.time_us));
  return headers;
}

RefusedRow refused_row_of(std::string_view headers) {
  RefusedRow row;
  for (const RecordHeader& header : headers_of(headers)) {
    if (header.name.starts_with(kPrefix))
      take(header.name.substr(kPrefix.size()), header.value.value_or(""), row);
    else
      append_header(row.headers, header.name, header.value);
  }
  return row;
}

}  // namespace churnstream
