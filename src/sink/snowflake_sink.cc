#include "sink/snowflake_sink.h"

#include "sink/snowflake_merge_sink.h"
#include "sink/snowflake_streaming_sink.h"

namespace churnstream {

Result<std::unique_ptr<Sink>> make_snowflake_sink(const Config& config) {
  CHURNSTREAM_TRY_ASSIGN(SnowflakeSettings settings, snowflake_settings_of(config));
  return make_snowflake_sink(std::move(settings));
}

std::unique_ptr<Sink> make_snowflake_sink(SnowflakeSettings settings) {
  if (settings.mode == SnowflakeSettings::Mode::merge) return make_snowflake_merge_sink(std::move(settings));
  return make_snowflake_streaming_sink(std::move(settings));
}

std::unique_ptr<Sink> make_snowflake_backfill(SnowflakeSettings settings, RowsThere there) {
  return make_snowflake_merge_sink(std::move(settings), there);
}

}  // namespace churnstream
