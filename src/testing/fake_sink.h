// A store in memory whose answers the test chooses. It behaves as an honest transactional sink: what it says
// is durable is in `rows`, and it skips what its position says it has. The store outlives its sinks, as a
// database outlives connections. Safe from many threads.
#pragma once

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "sink/sink.h"

namespace churnstream {

// What the store does with the next write. `lands`: the rows are kept although the answer is lost.
struct FakeAnswer {
  enum Kind { delivered, try_again, unknown_lost, unknown_landed, broken } kind = delivered;
  std::vector<std::int64_t> refuse = {};  // offsets that are refused, with `delivered`
};

class FakeStore {
 public:
  using Row = std::pair<Partition, std::int64_t>;

  // Asked before each write; the default delivers.
  std::function<FakeAnswer(const ScoredBatch&)> answer = [](const ScoredBatch&) { return FakeAnswer{}; };
  // Asked at each open; an error is passed on.
  std::function<Result<void>()> opening = [] { return Result<void>(); };
  bool keeps_positions = true;

  std::unique_ptr<Sink> make_sink() { return std::make_unique<FakeSink>(*this); }

  // How often each row was stored, and with which customer.
  std::map<Row, std::pair<int, std::string>> rows() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }
  Checkpoint position() const {
    const std::lock_guard lock(mutex_);
    return position_;
  }
  int closes() const {
    const std::lock_guard lock(mutex_);
    return closes_;
  }
  // "offset:customer" of each.
  std::vector<std::string> tombstones() const {
    const std::lock_guard lock(mutex_);
    return tombstones_;
  }
  void set_position(Checkpoint position) {
    const std::lock_guard lock(mutex_);
    position_ = std::move(position);
  }

 private:
  class FakeSink : public Sink {
   public:
    explicit FakeSink(FakeStore& store) : store_(store) {}
    Result<std::optional<Checkpoint>> open(const Assignment&) override {
      CHURNSTREAM_TRY(store_.opening());
      if (!store_.keeps_positions) return std::nullopt;
      return store_.position();
    }
    WriteOutcome write(const ScoredBatch& rows, const Checkpoint& after) override {
      return store_.write(rows, after);
    }
    void close() noexcept override {
      const std::lock_guard lock(store_.mutex_);
      ++store_.closes_;
    }

   private:
    FakeStore& store_;
  };

  WriteOutcome write(const ScoredBatch& batch, const Checkpoint& after) {
    const FakeAnswer chosen = answer(batch);
    switch (chosen.kind) {
      case FakeAnswer::try_again: return TryAgain{.reason = "busy"};
      case FakeAnswer::unknown_lost: return Unknown{"the connection broke"};
      case FakeAnswer::broken: return Broken{Error{"another owner"}};
      default: break;
    }
    RefusedRows refused = keep(batch, after, chosen.refuse);
    if (chosen.kind == FakeAnswer::unknown_landed) return Unknown{"the answer was lost"};
    if (refused.rows.empty()) return Delivered{};
    return refused;
  }

  RefusedRows keep(const ScoredBatch& batch, const Checkpoint& after,
                   const std::vector<std::int64_t>& refuse) {
    const std::lock_guard lock(mutex_);
    RefusedRows refused;
    const Partition& partition = batch.rows.extent().partition;
    const auto place = position_.next.find(partition);
    const Offset has = keeps_positions && place != position_.next.end() ? place->second : Offset{0};
    for (std::size_t row = 0; row < batch.num_rows(); ++row) {
      const Offset offset = batch.rows.extent().offsets[row];
      if (std::find(refuse.begin(), refuse.end(), number_of(offset)) != refuse.end()) {
        RefusedRow one;
        one.reason = "not this one";
        one.key = batch.key(row);
        one.offset = offset;
        refused.rows.push_back(one);
      } else if (offset >= has) {
        auto& [count, customer] = rows_[{partition, number_of(offset)}];
        ++count;
        customer = batch.key(row);
      }
    }
    for (const Tombstone& tombstone : batch.tombstones)
      if (tombstone.offset >= has)
        tombstones_.push_back(std::to_string(number_of(tombstone.offset)) + ":" + tombstone.key);
    for (const auto& [moved, next] : after.next) {
      Offset& mine = position_.next[moved];
      mine = std::max(mine, next);
    }
    return refused;
  }

  mutable std::mutex mutex_;
  std::map<Row, std::pair<int, std::string>> rows_;
  std::vector<std::string> tombstones_;
  Checkpoint position_;
  int closes_ = 0;
};

// Refused rows in memory; may fail as often as the test says.
class FakeRefused {
 public:
  std::function<Result<void>()> writing = [] { return Result<void>(); };

  std::unique_ptr<RefusedStore> make_store() { return std::make_unique<Store>(*this); }
  std::vector<RefusedRow> rows() const {
    const std::lock_guard lock(mutex_);
    return rows_;
  }

 private:
  class Store : public RefusedStore {
   public:
    explicit Store(FakeRefused& refused) : refused_(refused) {}
    Result<void> open(const Checkpoint&) override { return {}; }
    Result<void> write(const std::vector<RefusedRow>& rows) override {
      CHURNSTREAM_TRY(refused_.writing());
      const std::lock_guard lock(refused_.mutex_);
      refused_.rows_.insert(refused_.rows_.end(), rows.begin(), rows.end());
      return {};
    }
    void close() noexcept override {}

   private:
    FakeRefused& refused_;
  };
  mutable std::mutex mutex_;
  std::vector<RefusedRow> rows_;
};

}  // namespace churnstream
