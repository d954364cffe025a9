#include "source/record_options.h"

namespace churnstream {

void add_record_options(Options& options) {
  options
      .text("start_time",
            "Time of the first record (RFC 3339); each record is a microsecond later than the one before.")
      .fallback("1970-01-01T00:00:00Z");
  options.integer("line_bytes_max", "Most bytes in one record; a longer one is refused.")
      .between(1'024, 1 << 30)
      .fallback(std::int64_t{kRecordBytesMax});
}

Result<RecordOptions> record_options_of(const Config& config) {
  RecordOptions options;
  const auto start = parse_rfc3339(config.text("start_time"));
  if (!start)
    return wrong(config.where("start_time"), "", "\"start_time\" is no time",
                 "write it as 2026-01-31T08:00:00Z");
  options.start_time_us = *start;
  options.line_bytes_max = static_cast<std::uint64_t>(config.integer("line_bytes_max"));
  if (config.has("batch_rows")) options.batch_rows = static_cast<std::size_t>(config.integer("batch_rows"));
  if (config.has("framing") && config.text("framing") == "lines") options.framing = Framing::lines;
  return options;
}

}  // namespace churnstream
