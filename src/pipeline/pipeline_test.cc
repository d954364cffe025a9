#include "pipeline/pipeline.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <mutex>
#include <random>

#include "data/record_headers.h"
#include "testing/fake_sink.h"
#include "testing/temporary_folder.h"
#include "testing/word_stream.h"

namespace churnstream {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

// A pipeline over words, with stores that outlive it: running it again is a restart.
struct House {
  std::vector<std::string> lines;
  LinesSourceSettings source{.batch_rows = 2};
  FakeStore store, second;
  bool has_second = false, second_is_required = true, keeps_outcomes = false;
  FakeRefused refused;
  TemporaryFolder folder;
  ManualClock clock{1'000'000};
  std::vector<Observer*> observers;
  std::atomic<bool> stop{false};
  Account account;
  Checkpoint positions;
  std::optional<Error> error;

  std::string run() {
    RunParts parts;
    parts.lanes.push_back({std::make_unique<LinesSource>(lines, source), std::make_unique<WordDecoder>(),
                           std::make_unique<WordScorer>()});
    parts.sinks.push_back({"store", true, true, [this] { return store.make_sink(); }});
    if (has_second)
      parts.sinks.push_back({"second", second_is_required, true, [this] { return second.make_sink(); }});
    parts.refused = refused.make_store();
    parts.terms = test_terms();
    parts.lane_terms.until_end = true;
    parts.lane_terms.keeps_outcomes = keeps_outcomes;
    parts.checkpoint_file = *CheckpointFile::open(folder / "state");
    parts.observers = observers;
    Pipeline pipeline(std::move(parts), clock);
    const Result<void> done = pipeline.run(stop);
    error = done ? std::nullopt : std::optional(done.error());
    account = pipeline.account();
    positions = pipeline.positions();
    EXPECT_TRUE(account.balances());
    return fmt::format("{} read = {} delivered + {} refused + {} under way", account.rows_read,
                       account.rows_delivered, account.rows_refused, account.rows_under_way);
  }

  std::int64_t checkpoint() const {
    const Checkpoint saved = (*CheckpointFile::open(folder / "state"))->checkpoint();
    return saved.next.empty() ? -1 : number_of(saved.next.begin()->second);
  }
};

// "0:ann 1:bob", with a count where it is not one.
std::string text(const FakeStore& store) {
  std::string all;
  for (const auto& [row, kept] : store.rows())
    all += fmt::format("{}{}:{}{}", all.empty() ? "" : " ", row.second, kept.second,
                       kept.first == 1 ? "" : fmt::format(" x{}", kept.first));
  return all;
}

TEST(Pipeline, RowsWalkFromTheSourceToTheSink) {
  House house;
  house.lines = {"ann", "bob", "cid"};
  EXPECT_EQ(house.run(), "3 read = 3 delivered + 0 refused + 0 under way");
  EXPECT_EQ(text(house.store), "0:ann 1:bob 2:cid");
  EXPECT_EQ(house.checkpoint(), 3);
  EXPECT_EQ(house.store.closes(), 1);
}

TEST(Pipeline, ARestartGoesOnBehindTheCheckpoint) {
  House house;
  house.lines = {"ann", "bob"};
  house.run();
  house.lines.push_back("cid");
  EXPECT_EQ(house.run(), "1 read = 1 delivered + 0 refused + 0 under way");
  EXPECT_EQ(text(house.store), "0:ann 1:bob 2:cid");
}

TEST(Pipeline, EveryRowIsDeliveredRefusedOrSkipped) {
  House house;
  house.lines = {"ann", "", "!", "?bob", "-", "cid"};
  EXPECT_EQ(house.run(), "5 read = 2 delivered + 3 refused + 0 under way");
  EXPECT_EQ(house.account.records_skipped, (std::map<std::string, std::uint64_t>{{"blank", 1}}));
  std::vector<std::string> told;
  for (const RefusedRow& row : house.refused.rows())
    told.push_back(fmt::format("{} {}: {} [{}]", number_of(row.offset), row.stage, row.reason, row.raw));
  EXPECT_THAT(told, ElementsAre("2 decode: no word [!]", "3 feature: unseen category [?bob]",
                                "4 decode: the row has no customer id [-]"));
  EXPECT_EQ(house.checkpoint(), 6);
}

TEST(Pipeline, AnEventMoreThanADayAheadOfItsRecordIsRefusedWhereRecordsHaveTimes) {
  House house;
  house.lines = {"ann", ">bob"};
  EXPECT_EQ(house.run(), "2 read = 2 delivered + 0 refused + 0 under way") << "a row number is no time";
  House topic;
  topic.source.has_own_times = true;
  topic.lines = house.lines;
  EXPECT_EQ(topic.run(), "2 read = 1 delivered + 1 refused + 0 under way");
  EXPECT_EQ(topic.refused.rows().front().reason, "its event time is more than a day ahead of its record's");
}

TEST(Pipeline, ARefusedRowKeepsTheHeadersOfItsRecordWhoeverRefusedIt) {
  House house;
  append_header(house.source.headers, "trace", "7");
  house.lines = {"!", "?bob", "-"};
  house.run();
  ASSERT_EQ(house.refused.rows().size(), 3u);
  for (const RefusedRow& row : house.refused.rows())
    EXPECT_EQ(row.headers, house.source.headers) << row.stage;
}

// "offset:customer left" of the rows whose outcome reaches the store.
std::vector<std::string> outcomes_of(House& house) {
  std::vector<std::string> told;
  house.store.answer = [&](const ScoredBatch& batch) {
    for (std::size_t row = 0; row < batch.num_rows(); ++row)
      if (const auto has_left = batch.has_left(row))
        told.push_back(fmt::format("{}:{} {}", number_of(batch.rows.extent().offsets[row]), batch.key(row),
                                   *has_left ? "left" : "stayed"));
    return FakeAnswer{};
  };
  house.run();
  return told;
}

TEST(Pipeline, OutcomesStayWithTheirRowsWhoeverLeavesTheBatchBeforeThem) {
  House house;
  house.source.batch_rows = 9;
  house.keeps_outcomes = true;
  house.lines = {"ann=No", "!", "-", "?bob=Yes", "cid=Yes", "dan", "eve=maybe", "", "fay=No"};
  EXPECT_THAT(outcomes_of(house), ElementsAre("0:ann stayed", "4:cid left", "8:fay stayed"));
}

TEST(Pipeline, NobodyWhoDoesNotAskIsToldOfAnOutcome) {
  House house;
  house.lines = {"ann=No", "bob=Yes"};
  EXPECT_THAT(outcomes_of(house), ElementsAre());
}

TEST(Pipeline, ATombstoneIsNoRowAndReachesTheSinks) {
  House house;
  house.lines = {"ann", "bob", "cid"};
  house.source.tombstones = {1};
  EXPECT_EQ(house.run(), "2 read = 2 delivered + 0 refused + 0 under way");
  EXPECT_THAT(house.store.tombstones(), ElementsAre("1:bob"));
  EXPECT_EQ(house.checkpoint(), 3);
}

TEST(Pipeline, ABatchWithoutAnyGoodRowStillMovesThePosition) {
  House house;
  house.lines = {"!", "!", "", ""};
  EXPECT_EQ(house.run(), "2 read = 0 delivered + 2 refused + 0 under way");
  EXPECT_EQ(number_of(house.store.position().next.at({"lines", 0})), 4);
  EXPECT_EQ(house.checkpoint(), 4);
}

TEST(Pipeline, TroubleIsTriedAgainUntilItPasses) {
  House house;
  house.lines = {"ann", "bob", "cid"};
  int asked = 0;
  house.store.answer = [&](const ScoredBatch&) {
    constexpr FakeAnswer::Kind kAnswers[] = {FakeAnswer::try_again, FakeAnswer::unknown_lost,
                                             FakeAnswer::unknown_landed, FakeAnswer::delivered};
    return FakeAnswer{kAnswers[asked++ % 4]};
  };
  EXPECT_EQ(house.run(), "3 read = 3 delivered + 0 refused + 0 under way");
  EXPECT_EQ(text(house.store), "0:ann 1:bob 2:cid");
}

TEST(Pipeline, ARowRefusedByOneSinkIsStillOfferedToTheOthersAndCountsOnce) {
  House house;
  house.lines = {"ann", "bob", "cid"};
  house.source.batch_rows = 3;
  house.has_second = true;
  house.store.answer = [](const ScoredBatch&) { return FakeAnswer{FakeAnswer::delivered, {1}}; };
  house.second.answer = [](const ScoredBatch&) { return FakeAnswer{FakeAnswer::delivered, {1, 2}}; };
  EXPECT_EQ(house.run(), "3 read = 1 delivered + 2 refused + 0 under way");
  EXPECT_EQ(text(house.store), "0:ann 2:cid");
  EXPECT_EQ(text(house.second), "0:ann");
  for (const RefusedRow& row : house.refused.rows()) {
    EXPECT_EQ(row.raw, row.offset == Offset{1} ? "bob" : "cid");
    EXPECT_EQ(row.partition.topic, "lines");
  }
  EXPECT_EQ(house.refused.rows().size(), 3u);  // each sink's reason
}

TEST(Pipeline, ABrokenSinkEndsTheRunWithItsErrorAndTheCheckpointStays) {
  House house;
  house.lines = {"ann", "bob", "cid", "dan"};
  house.store.answer = [](const ScoredBatch& batch) {
    return FakeAnswer{batch.key(0) == "cid" ? FakeAnswer::broken : FakeAnswer::delivered};
  };
  house.run();
  ASSERT_TRUE(house.error);
  EXPECT_THAT(house.error->message, HasSubstr("sink \"store\": another owner"));
  EXPECT_EQ(house.account.rows_under_way, house.account.rows_read - 2);
  EXPECT_EQ(house.checkpoint(), 2);
}

// Beside the required store an optional one, and what is told of it.
struct HouseWithOptional : House, Observer {
  std::mutex mutex;
  std::int64_t waiting = 0, waiting_least = 0;
  std::uint64_t left_out = 0;
  HouseWithOptional() {
    has_second = true;
    second_is_required = false;
    source.batch_rows = 1;
    observers = {this};
  }
  void on_sink_rows(const std::string& sink, std::int64_t more_waiting, std::uint64_t more_out) override {
    const std::lock_guard lock(mutex);
    if (sink != "second") return;
    waiting += more_waiting;
    waiting_least = std::min(waiting_least, waiting);
    left_out += more_out;
  }
  // Until it holds, at most ten seconds of the real clock.
  static bool wait_for(const std::function<bool()>& holds) {
    for (int i = 0; i < 2'000 && !holds(); ++i) system_clock().sleep(std::chrono::milliseconds(5));
    return holds();
  }
};

TEST(Pipeline, AnOptionalSinkThatBreaksIsLeftOutAndItsRowsAreCounted) {
  HouseWithOptional house;
  house.lines = {"ann", "bob", "cid"};
  house.second.answer = [](const ScoredBatch&) { return FakeAnswer{FakeAnswer::broken}; };
  EXPECT_EQ(house.run(), "3 read = 3 delivered + 0 refused + 0 under way");
  EXPECT_FALSE(house.error);
  EXPECT_EQ(text(house.second), "");
  EXPECT_EQ(house.left_out, 3u);
  EXPECT_EQ(house.waiting, 0);
}

TEST(Pipeline, AnOptionalSinkThatCannotOpenIsLeftOutAndItsRowsAreCounted) {
  for (const ErrorKind kind : {ErrorKind::trouble, ErrorKind::wrong}) {
    HouseWithOptional house;
    house.lines = std::vector<std::string>(30, "ann");
    house.second.opening = [&] { return Result<void>(tl::make_unexpected(Error{"refused", kind})); };
    EXPECT_EQ(house.run(), "30 read = 30 delivered + 0 refused + 0 under way");
    EXPECT_FALSE(house.error);
    EXPECT_EQ(house.left_out, 30u);
    EXPECT_EQ(house.waiting, 0);
  }
}

TEST(Pipeline, AnOptionalSinkThatOpensLateTakesRowsFromThenOn) {
  HouseWithOptional house;
  house.lines = std::vector<std::string>(30, "ann");
  std::atomic<bool> is_up{false}, is_open{false};
  house.second.opening = [&]() -> Result<void> {
    if (!is_up) return failed("connecting", "second", "refused");
    is_open = true;
    return {};
  };
  house.store.answer = [&](const ScoredBatch& batch) {
    if (batch.rows.extent().next == Offset{16}) is_up = true;
    if (batch.rows.extent().next == Offset{17}) {
      EXPECT_TRUE(house.wait_for([&] { return is_open.load(); }));
    }
    return FakeAnswer{};
  };
  EXPECT_EQ(house.run(), "30 read = 30 delivered + 0 refused + 0 under way");
  EXPECT_EQ(house.store.rows().size(), 30u);
  const auto rows = house.second.rows();
  EXPECT_EQ(rows.size() + house.left_out, 30u);
  EXPECT_GE(house.left_out, 8u) << "its queue holds two batches";
  EXPECT_TRUE(rows.contains({{"lines", 0}, 29})) << "once open it takes what comes";
  EXPECT_EQ(house.waiting, 0);
}

TEST(Pipeline, AnOptionalSinkThatDoesNotAnswerHoldsNobodyUp) {
  HouseWithOptional house;
  house.lines = std::vector<std::string>(30, "ann");
  bool is_first = true;
  house.second.answer = [&](const ScoredBatch&) {
    if (!std::exchange(is_first, false)) return FakeAnswer{};
    house.clock.advance(SinkWriter::kAnswerPatience + std::chrono::seconds(1));
    EXPECT_TRUE(house.wait_for([&] { return house.store.rows().size() == 30; })) << "the others go on";
    return FakeAnswer{};
  };
  EXPECT_EQ(house.run(), "30 read = 30 delivered + 0 refused + 0 under way");
  EXPECT_EQ(house.second.rows().size(), 3u) << "the one in its hand and two in its queue";
  EXPECT_EQ(house.left_out, 27u);
  EXPECT_EQ(house.waiting, 0);
  EXPECT_EQ(house.waiting_least, 0);
}

TEST(Pipeline, AnOptionalSinkThatIsMerelySlowGetsEveryRow) {
  HouseWithOptional house;
  house.lines = std::vector<std::string>(30, "ann");
  house.second.answer = [&](const ScoredBatch&) {
    system_clock().sleep(std::chrono::milliseconds(2));
    return FakeAnswer{};
  };
  house.run();
  EXPECT_EQ(house.second.rows().size(), 30u);
  EXPECT_EQ(house.left_out, 0u);
}

TEST(Pipeline, PassingTroubleOfAnOptionalSinkAtTheEndIsTriedAgain) {
  HouseWithOptional house;
  house.lines = {"ann"};
  int asked = 0;
  house.second.answer = [&](const ScoredBatch&) {
    // By then all is read, and the run waits for this sink alone.
    if (++asked == 1) system_clock().sleep(std::chrono::milliseconds(100));
    return FakeAnswer{asked < 4 ? FakeAnswer::try_again : FakeAnswer::delivered};
  };
  house.run();
  EXPECT_EQ(text(house.second), "0:ann");
  EXPECT_EQ(house.left_out, 0u);
}

TEST(Pipeline, AnOptionalSinkThatStaysInTroubleDoesNotKeepARunFromEnding) {
  HouseWithOptional house;
  house.lines = std::vector<std::string>(30, "ann");
  house.second.answer = [](const ScoredBatch&) { return FakeAnswer{FakeAnswer::try_again}; };
  EXPECT_EQ(house.run(), "30 read = 30 delivered + 0 refused + 0 under way");
  EXPECT_EQ(house.left_out, 30u);
  EXPECT_EQ(house.checkpoint(), 30);
}

TEST(Pipeline, ARequiredSinkThatIsWrongStartsNothing) {
  House house;
  house.lines = {"ann"};
  house.store.opening = [] { return Result<void>(wrong("opening", "store", "other columns")); };
  EXPECT_EQ(house.run(), "0 read = 0 delivered + 0 refused + 0 under way");
  EXPECT_EQ(house.error->kind, ErrorKind::wrong);
}

TEST(Pipeline, ASinkThatIsNotThereYetIsWaitedFor) {
  House house;
  house.lines = {"ann"};
  int tries = 0;
  house.store.opening = [&] {
    return ++tries < 4 ? Result<void>(failed("connecting", "store", "refused")) : Result<void>();
  };
  EXPECT_EQ(house.run(), "1 read = 1 delivered + 0 refused + 0 under way");
}

TEST(Pipeline, StartsAtTheSmallestPositionAndNobodyGetsARowTwice) {
  House house;
  house.lines = {"ann", "bob", "cid"};
  house.run();
  house.has_second = true;  // a new sink that has nothing yet
  EXPECT_EQ(house.run(), "3 read = 3 delivered + 0 refused + 0 under way");
  EXPECT_EQ(text(house.store), "0:ann 1:bob 2:cid");
  EXPECT_EQ(text(house.second), "0:ann 1:bob 2:cid");
}

TEST(Pipeline, ALostCheckpointOnlyMeansReadingAgain) {
  House house;
  house.lines = {"ann", "bob"};
  house.run();
  std::filesystem::remove_all(house.folder / "state");
  EXPECT_EQ(house.run(), "2 read = 2 delivered + 0 refused + 0 under way");
  EXPECT_EQ(text(house.store), "0:ann 1:bob");
}

TEST(Pipeline, TheCheckpointWaitsForTheRefusedRecord) {
  House house;
  house.lines = {"ann", "!", "bob"};
  house.source.batch_rows = 1;
  int tries = 0;
  std::int64_t seen = -2;
  house.refused.writing = [&]() -> Result<void> {
    if (++tries == 1) return failed("writing", "refused.jsonl", "disk full");
    seen = house.checkpoint();
    return {};
  };
  EXPECT_EQ(house.run(), "3 read = 2 delivered + 1 refused + 0 under way");
  EXPECT_LE(seen, 1);
  EXPECT_EQ(house.checkpoint(), 3);
}

TEST(Pipeline, AStopLeavesNothingHalfWay) {
  House house;
  for (int i = 0; i < 1'000; ++i) house.lines.push_back("ann");
  house.store.answer = [&](const ScoredBatch& batch) {
    if (batch.rows.extent().next >= Offset{100}) house.stop = true;
    return FakeAnswer{};
  };
  house.run();
  EXPECT_EQ(house.account.rows_under_way, 0u);
  EXPECT_LT(house.account.rows_read, 1'000u);
  EXPECT_EQ(house.checkpoint(), static_cast<std::int64_t>(house.account.rows_read));
}

TEST(Pipeline, AStopWhileASinkIsDownGivesUpAndLosesNothing) {
  House house;
  house.lines = {"ann", "bob", "cid"};
  house.store.answer = [&](const ScoredBatch&) {
    house.stop = true;
    return FakeAnswer{FakeAnswer::try_again};
  };
  house.run();
  EXPECT_FALSE(house.error);
  EXPECT_EQ(house.account.rows_delivered, 0u);
  EXPECT_EQ(house.checkpoint(), -1);
  house.stop = false;
  house.store.answer = [](const ScoredBatch&) { return FakeAnswer{}; };
  EXPECT_EQ(house.run(), "3 read = 3 delivered + 0 refused + 0 under way");
  EXPECT_EQ(text(house.store), "0:ann 1:bob 2:cid");
}

struct Watcher : Observer {
  std::mutex mutex;
  std::uint64_t scored = 0, delivered = 0, refused = 0, skipped = 0;
  void on_scored(const ScoredBatch& batch) override {
    const std::lock_guard lock(mutex);
    scored += batch.num_rows();
  }
  void on_delivered(std::size_t rows, std::chrono::nanoseconds) override {
    const std::lock_guard lock(mutex);
    delivered += rows;
  }
  void on_refused(const std::vector<RefusedRow>& rows) override {
    const std::lock_guard lock(mutex);
    refused += rows.size();
  }
  void on_skipped(const std::map<std::string, std::uint64_t>& records) override {
    const std::lock_guard lock(mutex);
    for (const auto& [reason, count] : records) skipped += count;
  }
};

// Lines whose partition is taken away the first time the lane has to wait for room.
class RevokedOnce : public LinesSource {
 public:
  RevokedOnce(std::vector<std::string> lines, std::atomic<bool>& revoking,
              std::atomic<std::chrono::milliseconds>& took)
      : LinesSource(std::move(lines), one_by_one()), revoking_(revoking), took_(took) {}
  Result<void> stay() override {
    if (revoking_.exchange(true)) return {};
    const std::chrono::nanoseconds begun_at = system_clock().steady();
    give_up_({LinesSourceSettings().partition}, std::chrono::seconds(5));
    took_ = std::chrono::duration_cast<std::chrono::milliseconds>(system_clock().steady() - begun_at);
    return {};
  }
  void on_revoke(RevokeHandler handler) override { give_up_ = std::move(handler); }

 private:
  static LinesSourceSettings one_by_one() {
    LinesSourceSettings settings;
    settings.batch_rows = 1;
    return settings;
  }
  RevokeHandler give_up_;
  std::atomic<bool>& revoking_;
  std::atomic<std::chrono::milliseconds>& took_;
};

TEST(Pipeline, PartitionsAreGivenUpWhileABatchWaitsForRoomWithoutWaitingForThatBatch) {
  std::atomic<bool> revoking{false}, stop{false};
  std::atomic<std::chrono::milliseconds> took{};
  FakeStore store;
  store.answer = [&](const ScoredBatch&) {
    while (!revoking) system_clock().sleep(std::chrono::milliseconds(1));
    return FakeAnswer{};
  };
  FakeRefused refused;
  RunParts parts;
  parts.lanes.push_back({std::make_unique<RevokedOnce>(std::vector<std::string>(12, "ann"), revoking, took),
                         std::make_unique<WordDecoder>(), std::make_unique<WordScorer>()});
  parts.sinks.push_back({"store", true, true, [&] { return store.make_sink(); }});
  parts.refused = refused.make_store();
  parts.terms = test_terms();
  parts.lane_terms.until_end = true;
  parts.lane_terms.source_has_group = true;
  Pipeline pipeline(std::move(parts), system_clock());
  ASSERT_TRUE(pipeline.run(stop));
  EXPECT_TRUE(revoking);
  EXPECT_LT(took.load(), std::chrono::seconds(3));
  EXPECT_EQ(store.rows().size(), 12U);
}

TEST(Pipeline, ObserversHearOfEveryRow) {
  House house;
  house.lines = {"ann", "", "!", "?bob", "cid"};
  Watcher one, two;
  house.observers = {&one, &two};
  house.run();
  for (const Watcher* watcher : {&one, &two}) {
    EXPECT_EQ(watcher->scored, 2u);
    EXPECT_EQ(watcher->delivered, 2u);
    EXPECT_EQ(watcher->refused, 2u);
    EXPECT_EQ(watcher->skipped, 1u);
  }
}

// The storm: two required sinks that fail at random, breaks and restarts, one question: is every row in each
// store exactly once or refused, and does the account balance?
TEST(Pipeline, WhateverTheSinksAnswerEveryRowArrivesExactlyOnce) {
  for (std::uint64_t seed = 1; seed <= 15; ++seed) {
    std::mt19937_64 random(seed);
    House house;
    house.has_second = true;
    house.source.batch_rows = 1 + random() % 7;
    const std::size_t count = 50 + random() % 100;
    std::size_t refusals = 0;
    for (std::size_t i = 0; i < count; ++i) {
      const bool is_bad = random() % 10 == 0;
      refusals += is_bad ? 1 : 0;
      house.lines.push_back(is_bad ? "!" : fmt::format("c{}", i));
    }
    const auto storm = [](std::uint64_t storm_seed) {
      return [dice = std::mt19937_64(storm_seed)](const ScoredBatch&) mutable {
        const auto thrown = dice() % 100;
        return FakeAnswer{thrown < 60   ? FakeAnswer::delivered
                          : thrown < 75 ? FakeAnswer::try_again
                          : thrown < 85 ? FakeAnswer::unknown_lost
                          : thrown < 95 ? FakeAnswer::unknown_landed
                                        : FakeAnswer::broken};
      };
    };
    house.store.answer = storm(random());
    house.second.answer = storm(random());
    int lives = 0;
    do {
      house.run();
      ASSERT_LT(++lives, 1'000);
    } while (house.error);
    for (const FakeStore* store : {&house.store, &house.second}) {
      const auto rows = store->rows();
      ASSERT_EQ(rows.size(), count - refusals) << "seed " << seed;
      for (const auto& [row, kept] : rows) {
        ASSERT_EQ(kept.first, 1) << "seed " << seed;
        ASSERT_EQ(kept.second, house.lines[static_cast<std::size_t>(row.second)]) << "seed " << seed;
      }
    }
    ASSERT_EQ(house.checkpoint(), static_cast<std::int64_t>(count)) << "seed " << seed;
  }
}

}  // namespace
}  // namespace churnstream
