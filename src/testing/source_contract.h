// What every source promises, as a suite that each of them passes. The source's own test hands in how to make
// one over the same records and says how many there are:
//
//   TEST(FileSource, KeepsTheContractOfASource) {
//     source_contract({.make = [&] { return make_file_source({.path = path}, clock); }, .records = 5});
//   }
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "source/source.h"

namespace churnstream {

struct SourceUnderTest {
  // A source over the same records each time, at least 3 of them, with an end, handing over small batches.
  std::function<std::unique_ptr<Source>()> make;
  std::size_t records = 0;
  bool can_resume = true;  // false for what comes only once: a pipe
};

namespace source_contract_steps {

constexpr std::chrono::milliseconds kPatience{50};
constexpr int kReadsMax = 10'000;  // A source that never finishes must not hang the tests.

using Seen = std::vector<std::pair<std::int64_t, std::string>>;  // offset and bytes

// One read, with everything that holds for every batch. Nothing where the source is finished.
inline std::optional<Seen> read_one(Source& source, RawBatch& batch) {
  for (int read = 0; read < kReadsMax; ++read) {
    const auto outcome = source.read(kPatience, batch);
    if (!outcome) {
      ADD_FAILURE() << outcome.error().message;
      return std::nullopt;
    }
    if (*outcome == ReadOutcome::finished) {
      EXPECT_TRUE(batch.records.empty()) << "nothing comes with the end";
      return std::nullopt;
    }
    if (*outcome == ReadOutcome::nothing_yet) {
      EXPECT_TRUE(batch.records.empty());
      continue;
    }
    EXPECT_FALSE(batch.records.empty()) << "rows means at least one";
    Seen seen;
    for (const RawRecord& record : batch.records)
      seen.emplace_back(number_of(record.offset), std::string(record.bytes));
    for (std::size_t i = 1; i < seen.size(); ++i) EXPECT_LT(seen[i - 1].first, seen[i].first);
    if (!seen.empty()) {
      EXPECT_GT(number_of(batch.next), seen.back().first);
    }
    return seen;
  }
  ADD_FAILURE() << "the source neither brings rows nor ends";
  return std::nullopt;
}

inline Seen read_all(Source& source, std::vector<Checkpoint>* after_each = nullptr) {
  Seen all;
  RawBatch batch;
  while (const auto seen = read_one(source, batch)) {
    all.insert(all.end(), seen->begin(), seen->end());
    if (after_each == nullptr) continue;
    Checkpoint checkpoint;
    checkpoint.next[batch.partition] = batch.next;
    checkpoint.identity = source.identity();
    after_each->push_back(checkpoint);
  }
  return all;
}

// The records from an offset on.
inline Seen rest_of(const Seen& all, const Checkpoint& from) {
  const std::int64_t next = number_of(from.next.begin()->second);
  Seen rest;
  for (const auto& record : all)
    if (record.first >= next) rest.push_back(record);
  return rest;
}

}  // namespace source_contract_steps

inline void source_contract(const SourceUnderTest& test) {
  using namespace source_contract_steps;
  std::vector<Checkpoint> after_each;
  Seen all;
  RawBatch batch;
  {
    SCOPED_TRACE("everything comes once, in order, and then nothing more");
    const auto source = test.make();
    ASSERT_TRUE(source->open({}));
    all = read_all(*source, &after_each);
    ASSERT_EQ(all.size(), test.records);
    ASSERT_GE(after_each.size(), 2u) << "the suite needs small batches";
    for (std::size_t i = 1; i < all.size(); ++i) EXPECT_LT(all[i - 1].first, all[i].first);
    for (int again = 0; again < 3; ++again)
      EXPECT_EQ(source->read(kPatience, batch), ReadOutcome::finished) << "finished stays finished";
    EXPECT_TRUE(source->commit(after_each.back()));
    source->close();
  }
  {
    SCOPED_TRACE("a source that is not open says so and leaves nothing behind");
    const auto source = test.make();
    batch.records.resize(3);
    EXPECT_FALSE(source->read(kPatience, batch));
    EXPECT_TRUE(batch.records.empty()) << "on error out is empty";
    ASSERT_TRUE(source->open({}));
    EXPECT_TRUE(read_one(*source, batch)) << "and can still be opened";
    source->close();
    source->close();
    EXPECT_FALSE(source->read(kPatience, batch)) << "closed midway";
    EXPECT_TRUE(batch.records.empty());
  }
  {
    SCOPED_TRACE("opening twice before the first read begins at the beginning");
    const auto source = test.make();
    ASSERT_TRUE(source->open({}));
    ASSERT_TRUE(source->open({}));
    EXPECT_EQ(read_all(*source), all);
  }
  if (!test.can_resume) {
    SCOPED_TRACE("what comes only once refuses to pretend");
    const auto source = test.make();
    EXPECT_FALSE(source->open(after_each.front()));
    return;
  }
  for (const Checkpoint& checkpoint : after_each) {
    SCOPED_TRACE("resumed and rewound it gives exactly the rest");
    const auto source = test.make();
    ASSERT_TRUE(source->open(checkpoint));
    EXPECT_EQ(read_all(*source), rest_of(all, checkpoint));
    ASSERT_TRUE(source->rewind(checkpoint));
    EXPECT_EQ(read_all(*source), rest_of(all, checkpoint));
    ASSERT_TRUE(source->rewind({}));
    EXPECT_EQ(read_all(*source), all);
    ASSERT_TRUE(source->open(checkpoint)) << "opening again goes to the checkpoint too";
    EXPECT_EQ(read_all(*source), rest_of(all, checkpoint));
  }
  {
    SCOPED_TRACE("a batch lives as long as its storage, whatever the source does");
    const auto source = test.make();
    ASSERT_TRUE(source->open({}));
    RawBatch first, second;
    const auto seen = read_one(*source, first);
    ASSERT_TRUE(seen);
    ASSERT_TRUE(read_one(*source, second));
    source->close();
    for (std::size_t i = 0; i < seen->size(); ++i) EXPECT_EQ(first.records[i].bytes, (*seen)[i].second);
  }
  if (!after_each.front().identity.empty()) {
    SCOPED_TRACE("another place under the same name is not resumed");
    Checkpoint other = after_each.front();
    for (auto& [topic, identity] : other.identity) identity = "1:2:something else:3";
    const auto source = test.make();
    const auto opened = source->open(other);
    ASSERT_FALSE(opened);
    EXPECT_EQ(opened.error().kind, ErrorKind::wrong);
  }
}

}  // namespace churnstream
