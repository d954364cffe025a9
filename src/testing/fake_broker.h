// A broker in memory for the transaction loop: partitions to read, a group's offsets, and a log in which rows
// and offsets become visible together. What goes wrong, and when, is drawn from a seed, so that orders that a
// real broker rarely shows come up by the thousand. It can be told to misbehave, to prove that a test would
// notice. Safe from many threads.
#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "sink/sink.h"
#include "source/source.h"

namespace churnstream {

enum class FakeBug {
  none,
  commit_past_a_hole,    // a batch is lost, and the offsets behind it are committed
  offsets_on_their_own,  // an aborted transaction's offsets stay
  no_rewind,             // after an abort reading goes on where it was
};

class FakeBroker {
 public:
  FakeBroker(std::vector<std::vector<std::string>> partitions, std::uint64_t seed,
             FakeBug bug = FakeBug::none)
      : partitions_(std::move(partitions)), dice_(seed), bug_(bug) {}

  std::unique_ptr<Source> make_source() { return std::make_unique<GroupSource>(*this); }
  std::unique_ptr<TransactionalSink> make_sink() { return std::make_unique<TransactionSink>(*this); }

  // Nothing goes wrong from now on, except that so many commits fail, each for a reason that the next
  // transaction avoids.
  void teach(int lessons) {
    const std::lock_guard lock(mutex_);
    lessons_ = lessons;
  }

  // What a read_committed reader sees: (partition, offset) of every row, in the order of the log.
  std::vector<std::pair<int, std::int64_t>> log() const {
    const std::lock_guard lock(mutex_);
    return log_;
  }
  std::vector<std::pair<int, std::int64_t>> refused() const {
    const std::lock_guard lock(mutex_);
    return refused_;
  }
  std::map<int, std::int64_t> committed() const {
    const std::lock_guard lock(mutex_);
    return committed_;
  }
  int aborts() const {
    const std::lock_guard lock(mutex_);
    return aborts_;
  }
  bool went_back() const { return went_back_; }  // whether committed offsets ever moved backwards

 private:
  bool happens(double probability) { return std::bernoulli_distribution(probability)(dice_); }

  class GroupSource : public Source {
   public:
    explicit GroupSource(FakeBroker& broker) : broker_(broker) {}
    Result<void> open(const Checkpoint&) override {
      for (std::size_t partition = 0; partition < broker_.partitions_.size(); ++partition)
        assign(static_cast<int>(partition));
      return {};
    }
    Result<ReadOutcome> read(std::chrono::milliseconds, RawBatch& out) override {
      out.clear();
      maybe_rebalance();
      std::vector<int> ready;
      for (const auto& [partition, next] : next_)
        if (next < static_cast<std::int64_t>(lines(partition).size())) ready.push_back(partition);
      if (ready.empty()) return ReadOutcome::finished;
      fill(ready[broker_.draw(ready.size())], out);
      return ReadOutcome::rows;
    }
    Result<void> stay() override {
      maybe_rebalance();
      return {};
    }
    Result<Checkpoint> rewind(const Checkpoint&) override {
      if (broker_.often(0.2)) return failed("going back", "the fake broker", "told to fail");
      Checkpoint start;
      for (auto& [partition, next] : next_) {
        const std::int64_t committed = broker_.committed_in(partition);
        if (broker_.bug_ != FakeBug::no_rewind) next = committed;
        start.next[{"t", partition}] = Offset{committed};
      }
      return start;
    }
    Result<void> commit(const Checkpoint&) override { return {}; }
    void on_revoke(RevokeHandler handler) override { give_up_ = std::move(handler); }
    void close() noexcept override {}

   private:
    const std::vector<std::string>& lines(int partition) const {
      return broker_.partitions_[static_cast<std::size_t>(partition)];
    }
    void assign(int partition) { next_[partition] = broker_.committed_in(partition); }
    // One partition goes, within a patience or lost already, and comes back to where the group stands.
    void maybe_rebalance() {
      if (next_.empty() || !broker_.often(0.03)) return;
      const int partition =
          std::next(next_.begin(), static_cast<std::ptrdiff_t>(broker_.draw(next_.size())))->first;
      give_up_({{"t", partition}}, std::chrono::milliseconds(broker_.often(0.5) ? 0 : 20));
      broker_.wait_for_transaction();
      assign(partition);
    }
    void fill(int partition, RawBatch& out) {
      std::int64_t& next = next_[partition];
      out.partition = {"t", partition};
      const std::int64_t count = 1 + static_cast<std::int64_t>(broker_.draw(5));
      std::vector<std::pair<std::size_t, std::size_t>> places;
      const std::int64_t first = next;
      for (; next < first + count && next < static_cast<std::int64_t>(lines(partition).size()); ++next) {
        const std::string& line = lines(partition)[static_cast<std::size_t>(next)];
        places.emplace_back(out.storage->size(), line.size());
        *out.storage += line;
      }
      for (std::size_t index = 0; index < places.size(); ++index) {
        RawRecord record;
        record.bytes = std::string_view(*out.storage).substr(places[index].first, places[index].second);
        record.offset = Offset{first + static_cast<std::int64_t>(index)};
        out.records.push_back(record);
      }
      out.next = Offset{next};
      out.is_backlog = broker_.often(0.5);
    }
    FakeBroker& broker_;
    std::map<int, std::int64_t> next_;
    RevokeHandler give_up_;
  };

  class TransactionSink : public TransactionalSink {
   public:
    explicit TransactionSink(FakeBroker& broker) : broker_(broker) {}
    Result<std::optional<Checkpoint>> open(const Assignment&) override { return std::nullopt; }
    Result<void> begin() override {
      if (broker_.often(0.02)) return failed("beginning", "the fake broker", "told to fail");
      broker_.set_open(true);
      return {};
    }
    WriteOutcome write(const ScoredBatch& rows, const Checkpoint&) override {
      if (broker_.often(0.02)) return TryAgain{.reason = "told to"};
      if (broker_.bug_ == FakeBug::commit_past_a_hole && broker_.often(0.05)) return Delivered{};
      for (const Offset offset : rows.rows.extent().offsets)
        rows_.emplace_back(rows.rows.extent().partition.number, number_of(offset));
      return Delivered{};
    }
    WriteOutcome write_refused(const std::vector<RefusedRow>& rows) override {
      for (const RefusedRow& row : rows) refused_.emplace_back(row.partition.number, number_of(row.offset));
      return Delivered{};
    }
    CommitOutcome commit(const Checkpoint& after, const GroupToken&) override {
      has_learned_ = broker_.takes_lesson();
      if (has_learned_) {
        clear();
        return Aborted{"a lesson"};
      }
      const bool answer_is_lost = broker_.often(0.05);
      const bool happens = !broker_.often(0.1);
      if (happens)
        broker_.publish(rows_, refused_, after);
      else if (broker_.bug_ == FakeBug::offsets_on_their_own)
        broker_.publish({}, {}, after);
      clear();
      if (happens && !answer_is_lost) return Committed{};
      broker_.count_abort();
      return Aborted{answer_is_lost ? "the answer was lost" : "told to"};
    }
    Result<void> abort() override {
      if (broker_.often(0.1)) return failed("aborting", "the fake broker", "told to fail");
      broker_.count_abort();
      clear();
      return {};
    }
    bool has_learned() const override { return has_learned_; }
    void close() noexcept override { clear(); }

   private:
    void clear() {
      rows_.clear();
      refused_.clear();
      broker_.set_open(false);
    }
    FakeBroker& broker_;
    std::vector<std::pair<int, std::int64_t>> rows_, refused_;
    bool has_learned_ = false;
  };

  bool often(double probability) {
    const std::lock_guard lock(mutex_);
    return !lessons_ && happens(probability);
  }
  bool takes_lesson() {
    const std::lock_guard lock(mutex_);
    if (!lessons_ || *lessons_ == 0) return false;
    ++aborts_;
    --*lessons_;
    return true;
  }
  std::size_t draw(std::size_t below) {
    const std::lock_guard lock(mutex_);
    return std::uniform_int_distribution<std::size_t>(0, below - 1)(dice_);
  }
  std::int64_t committed_in(int partition) {
    const std::lock_guard lock(mutex_);
    return committed_[partition];
  }
  void publish(const std::vector<std::pair<int, std::int64_t>>& rows,
               const std::vector<std::pair<int, std::int64_t>>& refused, const Checkpoint& after) {
    const std::lock_guard lock(mutex_);
    log_.insert(log_.end(), rows.begin(), rows.end());
    refused_.insert(refused_.end(), refused.begin(), refused.end());
    for (const auto& [partition, next] : after.next) {
      went_back_ = went_back_ || number_of(next) < committed_[partition.number];
      committed_[partition.number] = number_of(next);
    }
  }
  void count_abort() {
    const std::lock_guard lock(mutex_);
    ++aborts_;
  }
  void set_open(bool is_open) {
    const std::lock_guard lock(mutex_);
    is_open_ = is_open;
  }
  // As a group's offsets cannot be read while a transaction that holds some is open (require_stable).
  void wait_for_transaction() {
    for (int turn = 0; turn < 2'000; ++turn) {
      {
        const std::lock_guard lock(mutex_);
        if (!is_open_) return;
      }
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
  }

  const std::vector<std::vector<std::string>> partitions_;
  mutable std::mutex mutex_;
  std::mt19937_64 dice_;
  const FakeBug bug_;
  std::vector<std::pair<int, std::int64_t>> log_, refused_;
  std::map<int, std::int64_t> committed_;
  int aborts_ = 0;
  std::optional<int> lessons_;  // that are left
  bool is_open_ = false;
  std::atomic<bool> went_back_{false};
};

}  // namespace churnstream
