#include "pipeline/delivery_ledger.h"

#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace churnstream {
namespace {

const Partition kFile{"data.csv", 0};

Stretch rows(std::uint64_t count, std::int64_t next, std::size_t waits_for = 1) {
  return {kFile, Offset{next}, count, 0, waits_for};
}

std::string text(const DeliveryLedger& ledger) {
  const Account account = ledger.account();
  EXPECT_TRUE(account.balances());
  const Checkpoint safe = ledger.safe();
  const auto place = safe.next.find(kFile);
  return fmt::format("{} read = {} delivered + {} refused + {} under way; safe before {}", account.rows_read,
                     account.rows_delivered, account.rows_refused, account.rows_under_way,
                     place == safe.next.end() ? -1 : number_of(place->second));
}

TEST(DeliveryLedger, CheckpointMovesBehindADeliveredStretch) {
  DeliveryLedger ledger({});
  const auto ticket = ledger.open(rows(10, 10));
  EXPECT_EQ(text(ledger), "10 read = 0 delivered + 0 refused + 10 under way; safe before -1");
  EXPECT_TRUE(ledger.answered(ticket));
  EXPECT_EQ(text(ledger), "10 read = 10 delivered + 0 refused + 0 under way; safe before 10");
}

TEST(DeliveryLedger, CheckpointNeverMovesPastAHole) {
  DeliveryLedger ledger({});
  const auto first = ledger.open(rows(10, 10));
  const auto second = ledger.open(rows(10, 20));
  const auto third = ledger.open(rows(10, 30));
  ledger.answered(third);
  ledger.answered(second);
  EXPECT_EQ(text(ledger), "30 read = 20 delivered + 0 refused + 10 under way; safe before -1");
  ledger.answered(first);
  EXPECT_EQ(text(ledger), "30 read = 30 delivered + 0 refused + 0 under way; safe before 30");
}

TEST(DeliveryLedger, WaitsForEveryRequiredSink) {
  DeliveryLedger ledger({});
  const auto ticket = ledger.open(rows(10, 10, 2));
  EXPECT_FALSE(ledger.answered(ticket));
  EXPECT_EQ(text(ledger), "10 read = 0 delivered + 0 refused + 10 under way; safe before -1");
  EXPECT_TRUE(ledger.answered(ticket));
}

TEST(DeliveryLedger, ARowRefusedByTwoSinksCountsOnce) {
  DeliveryLedger ledger({});
  const auto ticket = ledger.open(rows(10, 10, 2));
  const std::vector<Offset> first{Offset{3}, Offset{7}}, second{Offset{7}, Offset{1}};
  EXPECT_EQ(ledger.refuse(ticket, first), first);
  EXPECT_EQ(ledger.refuse(ticket, second), std::vector<Offset>{Offset{1}});
  ledger.answered(ticket);
  ledger.answered(ticket);
  EXPECT_EQ(text(ledger), "10 read = 7 delivered + 3 refused + 0 under way; safe before 10");
}

TEST(DeliveryLedger, CheckpointWaitsUntilTheRefusedRecordIsDurable) {
  DeliveryLedger ledger({});
  const auto ticket = ledger.open({kFile, Offset{5}, 4, 1, 1});
  ledger.wait_for_one_more(ticket);
  ledger.answered(ticket);
  EXPECT_EQ(text(ledger), "5 read = 0 delivered + 0 refused + 5 under way; safe before -1");
  ledger.answered(ticket);
  EXPECT_EQ(text(ledger), "5 read = 4 delivered + 1 refused + 0 under way; safe before 5");
}

TEST(DeliveryLedger, PartitionsDoNotWaitForEachOther) {
  DeliveryLedger ledger({});
  ledger.open(rows(10, 10));
  const auto other = ledger.open({{"data.csv", 1}, Offset{4}, 4, 0, 1});
  ledger.answered(other);
  EXPECT_EQ(number_of(ledger.safe().next.at({"data.csv", 1})), 4);
  EXPECT_FALSE(ledger.safe().next.contains(kFile));
}

TEST(DeliveryLedger, WhatWasSafeBeforeStaysSafeWhenReadAgain) {
  Checkpoint before;
  before.next[kFile] = Offset{100};
  DeliveryLedger ledger(before);
  ledger.answered(ledger.open(rows(10, 10)));
  EXPECT_EQ(text(ledger), "10 read = 10 delivered + 0 refused + 0 under way; safe before 100");
}

TEST(DeliveryLedger, WhateverTheOrderOfAnswersTheCheckpointIsTheFirstHole) {
  std::mt19937_64 random(42);
  for (int round = 0; round < 200; ++round) {
    DeliveryLedger ledger({});
    std::vector<std::pair<DeliveryLedger::Ticket, std::int64_t>> opened;  // with the offset behind it
    std::vector<DeliveryLedger::Ticket> open;
    for (int step = 0; step < 60; ++step) {
      if (open.empty() || random() % 2 == 0) {
        const std::int64_t last = (opened.empty() ? 0 : opened.back().second) + 1 + random() % 5;
        open.push_back(ledger.open(rows(1, last)));
        opened.emplace_back(open.back(), last);
      } else {
        const auto chosen = open.begin() + static_cast<std::ptrdiff_t>(random() % open.size());
        ledger.answered(*chosen);
        open.erase(chosen);
      }
      std::int64_t safe = -1;
      for (const auto& [ticket, next] : opened) {
        if (std::find(open.begin(), open.end(), ticket) != open.end()) break;
        safe = next;
      }
      ASSERT_EQ(text(ledger), fmt::format("{} read = {} delivered + 0 refused + {} under way; safe before {}",
                                          opened.size(), opened.size() - open.size(), open.size(), safe));
    }
  }
}

TEST(DeliveryLedger, WhatIsTakenBackCountsNoLongerAndLateAnswersAreIgnored) {
  DeliveryLedger ledger({});
  const auto first = ledger.open(rows(10, 10));
  const auto second = ledger.open(rows(10, 20, 2));
  ledger.answered(first);
  ledger.take_back({.next = {{kFile, Offset{10}}}});
  EXPECT_EQ(text(ledger), "10 read = 10 delivered + 0 refused + 0 under way; safe before 10");
  EXPECT_FALSE(ledger.answered(second));
  ledger.open(rows(10, 20));
  EXPECT_EQ(text(ledger), "20 read = 10 delivered + 0 refused + 10 under way; safe before 10");
}

TEST(DeliveryLedger, ACommitWhoseAnswerWasLostCountsAsDelivered) {
  DeliveryLedger ledger({});
  ledger.open(rows(10, 10));
  ledger.open(rows(10, 20));
  ledger.take_back({.next = {{kFile, Offset{10}}}});
  EXPECT_EQ(text(ledger), "10 read = 10 delivered + 0 refused + 0 under way; safe before 10");
}

TEST(DeliveryLedger, PartitionsThatWentAreForgotten) {
  DeliveryLedger ledger({});
  const auto kept = ledger.open({{"other", 1}, Offset{5}, 5, 0, 1});
  const auto gone = ledger.open(rows(10, 10));
  EXPECT_EQ(ledger.stretches_under_way(std::vector<Partition>{kFile}), 1u);
  ledger.forget(std::vector<Partition>{kFile});
  EXPECT_EQ(text(ledger), "5 read = 0 delivered + 0 refused + 5 under way; safe before -1");
  EXPECT_FALSE(ledger.answered(gone));
  EXPECT_TRUE(ledger.answered(kept));
  EXPECT_EQ(ledger.waits_for(kept), 0u);
}

}  // namespace
}  // namespace churnstream
