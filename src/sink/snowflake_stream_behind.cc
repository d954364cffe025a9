#include "sink/snowflake_stream_behind.h"

#include <fmt/format.h>

#include "sink/snowflake_outcome.h"

namespace churnstream {

using Trouble = SnowflakeTrouble;

SnowflakeResult<void> SnowflakeStreamBehind::must_be_past(const ScoredBatch& rows, const Checkpoint& after) {
  const Extent& extent = rows.rows.extent();
  if (extent.offsets.empty()) return {};
  const Offset end = churnstream::after(extent.offsets.back());
  Offset& past = past_[extent.partition];
  if (past >= end) return {};
  const std::string name = snowflake_channel_name(extent.partition);
  auto status = channels_.find(name);
  if (!status) return tl::make_unexpected(status.error());
  if (!*status) return tl::make_unexpected(not_past(extent.partition, Offset{0}));
  auto offset = parse_snowflake_offset_token((*status)->offset_token);
  if (!offset)
    return snowflake_failed(Trouble::broken,
                            fmt::format("the channel {} has an offset token of another program", name));
  const auto identity = after.identity.find(extent.partition.topic);
  if (identity != after.identity.end() && !is_snowflake_mark_of(offset->mark, identity->second))
    return snowflake_failed(Trouble::broken, snowflake_made_anew(settings_, extent.partition.topic).message);
  if (offset->next < end) {
    const auto waited = wait_for_snowflake_commit(channels_, name, end, settings_.timeout);
    if (!waited && waited.error().trouble == Trouble::unknown)
      return tl::make_unexpected(not_past(extent.partition, offset->next));
    if (!waited) return tl::make_unexpected(waited.error());
    offset = parse_snowflake_offset_token(waited->offset_token);
  }
  past = offset->next;
  return {};
}

SnowflakeError SnowflakeStreamBehind::not_past(const Partition& partition, Offset next) const {
  if (number_of(next) == 0)
    return {
        Trouble::broken,
        fmt::format("no stream has written {0}/{1} into this schema, and one that begins would append the "
                    "rows once more; run the pipeline first, or use mode = \"merge\" and another schema",
                    partition.topic, partition.number)};
  return {Trouble::broken,
          fmt::format("the stream of {0}/{1} has come to record {2} and would append the rows behind it once "
                      "more; end with --to {1}:{2}, or run the pipeline, which writes them",
                      partition.topic, partition.number, number_of(next))};
}

}  // namespace churnstream
