#include "source/source_range.h"

#include <algorithm>
#include <limits>

namespace churnstream {
namespace {

constexpr Offset kNoEnd{std::numeric_limits<std::int64_t>::max()};

// What its file gives, up to the end of the range.
class FileRange : public Source {
 public:
  FileRange(std::unique_ptr<Source> source, OffsetRanges ranges)
      : source_(std::move(source)), ranges_(std::move(ranges)) {}

  Result<void> open(const Checkpoint&) override {
    Checkpoint begin;
    for (const auto& [partition, range] : ranges_) begin.next[partition] = Offset{range.begin};
    is_over_ = ranges_.empty();
    return source_->open(begin);
  }

  Result<ReadOutcome> read(std::chrono::milliseconds patience, RawBatch& out) override {
    out.clear();
    if (is_over_) return ReadOutcome::finished;
    CHURNSTREAM_TRY_ASSIGN(const ReadOutcome outcome, source_->read(patience, out));
    if (outcome != ReadOutcome::rows) return outcome;
    const auto range = ranges_.find(out.partition);
    const Offset end = range == ranges_.end() ? kNoEnd : Offset{range->second.end};
    is_over_ = out.next >= end;
    cut_at(out, end);
    return out.records.empty() ? ReadOutcome::finished : ReadOutcome::rows;
  }

  Result<Checkpoint> rewind(const Checkpoint& to) override { return source_->rewind(to); }
  Result<void> commit(const Checkpoint&) override { return {}; }
  std::map<std::string, std::string> identity() const override { return source_->identity(); }
  void close() noexcept override { source_->close(); }

 private:
  const std::unique_ptr<Source> source_;
  const OffsetRanges ranges_;
  bool is_over_ = false;
};

// Nothing for a time.
std::optional<std::int64_t> place_in_file(const SourcePlace& place) {
  switch (place.at) {
    case SourcePlace::At::earliest: return 0;
    case SourcePlace::At::latest: return number_of(kNoEnd);
    case SourcePlace::At::time: return std::nullopt;
    case SourcePlace::At::offsets: break;
  }
  const auto named = place.offsets.find(0);
  return named == place.offsets.end() || place.offsets.size() > 1 ? std::nullopt
                                                                  : std::optional(named->second);
}

}  // namespace

void cut_at(RawBatch& batch, Offset end) {
  const auto behind = std::find_if(batch.records.begin(), batch.records.end(),
                                   [&](const RawRecord& record) { return record.offset >= end; });
  batch.records.erase(behind, batch.records.end());
  batch.next = std::min(batch.next, end);
}

Result<OffsetRanges> ranges_of_file(const Config& config, const SourceRange& range) {
  const auto begin = place_in_file(range.from), end = place_in_file(range.to);
  if (!begin || !end)
    return wrong("reading a stretch of", config.text("path"), "a file's places are numbers of records",
                 "--from 0:100 --to 0:5000, earliest or latest");
  return OffsetRanges{{{config.as_written("path"), 0}, {*begin, *end}}};
}

std::unique_ptr<Source> make_file_range(std::unique_ptr<Source> source, OffsetRanges ranges) {
  return std::make_unique<FileRange>(std::move(source), std::move(ranges));
}

}  // namespace churnstream
