// A stretch of a source's past, read once from its begin to its end: for backfill. No group is joined and
// nothing is committed. One lane owns it.
#pragma once

#include <map>
#include <memory>

#include "config/options.h"
#include "source/source.h"
#include "source/source_place.h"

namespace churnstream {

struct SourceRange {
  SourcePlace from, to;  // records from `from` on, up to the one before `to`
};

// In one partition: offsets [begin, end).
struct OffsetRange {
  std::int64_t begin = 0, end = 0;
};
using OffsetRanges = std::map<Partition, OffsetRange>;

// Takes the records from `end` on out of a batch, which then ends there.
void cut_at(RawBatch& batch, Offset end);

// Of a file: its partition is the configured path and 0. Wrong when a place is a time: a file's records have
// numbers alone. `source` is the file's own, which starts where it is told.
Result<OffsetRanges> ranges_of_file(const Config& config, const SourceRange& range);
std::unique_ptr<Source> make_file_range(std::unique_ptr<Source> source, OffsetRanges ranges);

// Of a topic. Partitions that a list of offsets does not name are not read. Asks the brokers; wrong when the
// topic is not there, with a warning where the begin of the range is gone.
Result<OffsetRanges> ranges_of_topic(const Config& config, const SourceRange& range);
std::unique_ptr<Source> make_kafka_range(const Config& config, OffsetRanges ranges);

}  // namespace churnstream
