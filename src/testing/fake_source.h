// A source in memory that does what a test tells it: hands over records in chosen batches, pauses, fails,
// ends. One thread at a time.
//
//   FakeSource source("churn", {"id,tenure", "7590,1", "5575,34"});
//   source.batch_rows = 2;
//   source.before_read[1] = FakeSource::pause();   // the second read() brings nothing
#pragma once

#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "source/source.h"

namespace churnstream {

class FakeSource : public Source {
 public:
  struct Pause {};
  using Event = std::variant<Pause, Error>;
  static Event pause() { return Pause{}; }
  static Event trouble(std::string message) { return Error{std::move(message), ErrorKind::trouble}; }

  FakeSource(std::string topic, std::vector<std::string> records)
      : partition_{std::move(topic), 0}, records_(std::move(records)) {}

  // What a test may set at any time.
  std::size_t batch_rows = 4'096;
  std::map<int, Event> before_read;  // by the number of the read() call, from 0: happens instead of it
  int open_failures = 0;             // so many open() fail before one succeeds
  bool has_end = true;               // false: nothing_yet behind the last record, since more may be added
  std::map<std::size_t, RecordFlaw> flaws;  // by record
  EpochMicros start_time_us = 0;            // time of record n: this + n microseconds
  std::string place = "fake";               // what identity() says

  // What a test may look at.
  int opens = 0, reads = 0, rewinds = 0, closes = 0;
  Checkpoint committed;

  void add(std::string record) { records_.push_back(std::move(record)); }

  Result<void> open(const Checkpoint& resume_from) override {
    ++opens;
    if (open_failures > 0) {
      --open_failures;
      return failed("opening", partition_.topic, "the fake source was told to fail");
    }
    const auto known = resume_from.identity.find(partition_.topic);
    if (known != resume_from.identity.end() && known->second != place)
      return wrong("opening", partition_.topic, "it is another place than before");
    is_open_ = true;
    return go_to(resume_from);
  }

  Result<ReadOutcome> read(std::chrono::milliseconds, RawBatch& out) override {
    out.clear();
    if (!is_open_) return failed("reading", partition_.topic, "it is not open");
    const auto event = before_read.find(reads++);
    if (event != before_read.end()) {
      if (const Error* error = std::get_if<Error>(&event->second)) return tl::unexpected(*error);
      return ReadOutcome::nothing_yet;
    }
    if (next_ >= records_.size()) return has_end ? ReadOutcome::finished : ReadOutcome::nothing_yet;
    fill(out);
    return ReadOutcome::rows;
  }

  Result<Checkpoint> rewind(const Checkpoint& to) override {
    ++rewinds;
    if (!is_open_) return failed("rewinding", partition_.topic, "it is not open");
    if (const Result<void> gone = go_to(to); !gone) return tl::unexpected(gone.error());
    return to;
  }

  Result<void> commit(const Checkpoint& delivered) override {
    committed = delivered;
    return {};
  }

  std::map<std::string, std::string> identity() const override { return {{partition_.topic, place}}; }
  std::vector<PartitionLag> lag() const override {
    PartitionLag lag;
    lag.partition = partition_;
    lag.next = Offset{static_cast<std::int64_t>(next_)};
    lag.end = Offset{static_cast<std::int64_t>(records_.size())};
    return {lag};
  }
  void close() noexcept override {
    ++closes;
    is_open_ = false;
  }

 private:
  Result<void> go_to(const Checkpoint& position) {
    const auto found = position.next.find(partition_);
    next_ = found == position.next.end() ? 0 : static_cast<std::size_t>(number_of(found->second));
    if (next_ > records_.size()) return wrong("opening", partition_.topic, "it is shorter than before");
    is_first_behind_begin_ = next_ > 0;
    return {};
  }

  // All bytes first, views after: the storage moves while it grows.
  void fill(RawBatch& out) {
    const std::size_t end = std::min(records_.size(), next_ + batch_rows);
    for (std::size_t record = next_; record < end; ++record) out.storage->append(records_[record]);
    const std::size_t first_begins = out.storage->size();
    if (is_first_behind_begin_) out.storage->append(records_.front());
    const std::string_view bytes = *out.storage;
    if (is_first_behind_begin_) out.first_record = bytes.substr(first_begins);
    is_first_behind_begin_ = false;
    out.partition = partition_;
    for (std::size_t begin = 0; next_ < end; begin += records_[next_++].size()) {
      RawRecord record;
      record.bytes = bytes.substr(begin, records_[next_].size());
      record.offset = Offset{static_cast<std::int64_t>(next_)};
      record.time_us = start_time_us + static_cast<EpochMicros>(next_);
      if (const auto flaw = flaws.find(next_); flaw != flaws.end()) record.flaw = flaw->second;
      out.records.push_back(record);
    }
    out.next = Offset{static_cast<std::int64_t>(next_)};
  }

  Partition partition_;
  std::vector<std::string> records_;
  std::size_t next_ = 0;
  bool is_open_ = false;
  bool is_first_behind_begin_ = false;
};

}  // namespace churnstream
