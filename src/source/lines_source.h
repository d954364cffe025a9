// Records from memory, in one partition: what scenes and tests read. Never waits. Owned by one lane.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "source/source.h"

namespace churnstream {

struct LinesSourceSettings {
  Partition partition{"lines", 0};
  EpochMicros start_time_us = 0;  // a record's time is this + its offset in microseconds
  std::size_t batch_rows = 4'096;
  bool has_own_times = false;        // as records of a topic have
  std::string headers;               // of every record
  std::set<std::size_t> tombstones;  // lines that are a key without a value
};

class LinesSource : public Source {
 public:
  LinesSource(std::vector<std::string> lines, LinesSourceSettings settings = {})
      : lines_(std::move(lines)), settings_(std::move(settings)) {}

  Result<void> open(const Checkpoint& resume_from) override {
    CHURNSTREAM_TRY(rewind(resume_from));
    return {};
  }

  Result<ReadOutcome> read(std::chrono::milliseconds, RawBatch& out) override {
    out.clear();
    out.partition = settings_.partition;
    if (next_ >= lines_.size()) return ReadOutcome::finished;
    if (next_ > 0) out.first_record = lines_.front();
    for (std::size_t count = 0; count < settings_.batch_rows && next_ < lines_.size(); ++count, ++next_) {
      RawRecord record;
      record.bytes = lines_[next_];
      record.offset = Offset{static_cast<std::int64_t>(next_)};
      record.headers = settings_.headers;
      if (settings_.tombstones.contains(next_)) {
        record.key = std::exchange(record.bytes, {});
        record.is_tombstone = true;
      }
      record.time_us = settings_.start_time_us + static_cast<EpochMicros>(next_);
      out.records.push_back(record);
    }
    out.next = Offset{static_cast<std::int64_t>(next_)};
    out.has_own_times = settings_.has_own_times;
    return ReadOutcome::rows;
  }

  Result<Checkpoint> rewind(const Checkpoint& to) override {
    const auto place = to.next.find(settings_.partition);
    next_ = place == to.next.end() ? 0 : std::min(lines_.size(), static_cast<std::size_t>(place->second));
    return to;
  }

  Result<void> commit(const Checkpoint&) override { return {}; }
  void close() noexcept override {}

 private:
  const std::vector<std::string> lines_;
  const LinesSourceSettings settings_;
  std::size_t next_ = 0;
};

}  // namespace churnstream
