// The transaction loop against a broker that fails in every way it can, thousands of orders of them, and
// against three bugs on purpose that must be noticed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "pipeline/pipeline.h"
#include "testing/fake_broker.h"
#include "testing/fake_sink.h"
#include "testing/temporary_folder.h"
#include "testing/word_stream.h"

namespace churnstream {
namespace {

constexpr int kPartitions = 3;
constexpr int kRowsEach = 40;

std::vector<std::vector<std::string>> lines() {
  std::vector<std::vector<std::string>> partitions(kPartitions);
  for (int partition = 0; partition < kPartitions; ++partition)
    for (int row = 0; row < kRowsEach; ++row)
      partitions[static_cast<std::size_t>(partition)].push_back(row % 10 == 7 ? "!"
                                                                              : fmt::format("w{}", row));
  return partitions;
}

// What is wrong with what a reader sees; empty: nothing.
std::string problem_in(const FakeBroker& broker) {
  std::map<std::pair<int, std::int64_t>, int> seen;
  std::map<int, std::int64_t> last;
  for (const auto& [partition, offset] : broker.log()) {
    ++seen[{partition, offset}];
    if (last.contains(partition) && offset <= last[partition]) return "out of order";
    last[partition] = offset;
  }
  for (const auto& row : broker.refused()) ++seen[row];
  for (int partition = 0; partition < kPartitions; ++partition)
    for (std::int64_t row = 0; row < kRowsEach; ++row) {
      const int count = seen[{partition, row}];
      if (count == 0) return fmt::format("row {} of partition {} is lost", row, partition);
      if (count > 1) return fmt::format("row {} of partition {} is there {} times", row, partition, count);
    }
  return broker.went_back() ? "committed offsets moved backwards" : "";
}

// Time flies: pauses that a person would wait out take a hundredth.
class FastClock : public Clock {
 public:
  EpochMicros now_us() override { return system_clock().now_us(); }
  std::chrono::nanoseconds steady() override { return system_clock().steady() * kSpeed; }
  void sleep(std::chrono::nanoseconds length) override {
    slept_ns_ += length.count();
    system_clock().sleep(length / kSpeed);
  }
  std::chrono::nanoseconds slept() const { return std::chrono::nanoseconds(slept_ns_); }

 private:
  static constexpr int kSpeed = 100;
  std::atomic<std::int64_t> slept_ns_{0};
};

struct Ending {
  std::string problem;
  int aborts = 0;
  std::chrono::nanoseconds slept{0};
};

Ending run(std::uint64_t seed, FakeBug bug, bool with_store, int lessons = 0) {
  FakeBroker broker(lines(), seed, bug);
  if (lessons > 0) broker.teach(lessons);
  FakeStore store;
  FakeRefused refused;
  FastClock clock;
  RunParts parts;
  parts.lanes.push_back(
      {broker.make_source(), std::make_unique<WordDecoder>(), std::make_unique<WordScorer>()});
  parts.transaction = TransactionPart{"topic", true, [&] { return broker.make_sink(); }};
  if (with_store) parts.sinks.push_back({"store", true, true, [&] { return store.make_sink(); }});
  parts.terms = test_terms();
  parts.lane_terms.until_end = true;
  parts.lane_terms.source_has_group = true;
  parts.lane_terms.commit_interval = std::chrono::milliseconds(5);
  std::atomic<bool> stop{false};
  Pipeline pipeline(std::move(parts), clock);
  const Result<void> done = pipeline.run(stop);
  if (!done) return {done.error().message};
  const Account account = pipeline.account();
  if (!account.balances() || account.rows_under_way != 0) return {"the account does not balance"};
  std::string problem = problem_in(broker);
  // Rows of a partition that was lost while the answer to their commit was still to come are nobody's to
  // count.
  if (problem.empty() && account.rows_read > kPartitions * kRowsEach)
    problem = fmt::format("{} rows were counted", account.rows_read);
  if (problem.empty() && with_store &&
      store.rows().size() != kPartitions * kRowsEach - broker.refused().size())
    problem = "the store beside it does not hold every row";
  return {problem, broker.aborts(), clock.slept()};
}

TEST(TransactionModel, EveryRowIsThereOnceInOrderWhateverTheBrokerDoes) {
  int aborts = 0;
  for (std::uint64_t seed = 1; seed <= 150; ++seed) {
    const Ending ending = run(seed, FakeBug::none, seed % 3 == 0);
    ASSERT_EQ(ending.problem, "") << "seed " << seed;
    aborts += ending.aborts;
  }
  EXPECT_GT(aborts, 150) << "the broker was too kind to prove anything";
}

TEST(TransactionModel, WhatAnAbortHasTaughtIsTriedAtOnce) {
  const Ending ending = run(1, FakeBug::none, false, 12);
  EXPECT_EQ(ending.problem, "");
  EXPECT_EQ(ending.aborts, 12);
  EXPECT_EQ(ending.slept.count(), 0) << "nanoseconds; the pauses of twelve aborts are a minute";
}

TEST(TransactionModel, ABugOfEachKindIsNoticed) {
  for (const FakeBug bug : {FakeBug::commit_past_a_hole, FakeBug::offsets_on_their_own, FakeBug::no_rewind}) {
    int noticed = 0;
    for (std::uint64_t seed = 1; seed <= 30; ++seed) noticed += !run(seed, bug, false).problem.empty();
    EXPECT_GT(noticed, 3) << static_cast<int>(bug);
  }
}

}  // namespace
}  // namespace churnstream
