#include "source/stdin_source.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <array>
#include <vector>

#include "testing/source_contract.h"

namespace churnstream {
namespace {

using namespace std::chrono_literals;

// A pipe with these bytes in it; its writing end stays open until finish().
class Pipe {
 public:
  explicit Pipe(std::string_view bytes) {
    if (::pipe(ends_.data()) != 0) throw std::runtime_error("no pipe");
    write(bytes);
  }
  ~Pipe() {
    finish();
    ::close(ends_[0]);
  }
  void write(std::string_view bytes) {
    EXPECT_EQ(::write(ends_[1], bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void finish() {
    if (ends_[1] >= 0) ::close(ends_[1]);
    ends_[1] = -1;
  }
  int reading_end() const { return ends_[0]; }

 private:
  std::array<int, 2> ends_{-1, -1};
};

TEST(StdinSource, KeepsTheContractOfASourceThatComesOnce) {
  std::vector<std::unique_ptr<Pipe>> pipes;
  source_contract({.make =
                       [&] {
                         pipes.push_back(std::make_unique<Pipe>("id\na\nb\nc"));
                         pipes.back()->finish();
                         return make_stdin_source(
                             {.descriptor = pipes.back()->reading_end(), .batch_rows = 2});
                       },
                   .records = 4,
                   .can_resume = false});
}

TEST(StdinSource, WhatIsNotYetThereIsWaitedForNoLongerThanThePatience) {
  Pipe pipe("a\nb");
  const auto source = make_stdin_source({.descriptor = pipe.reading_end()});
  ASSERT_TRUE(source->open({}));
  RawBatch batch;
  EXPECT_EQ(source->read(0ms, batch), ReadOutcome::rows);
  EXPECT_EQ(batch.records.size(), 1u);
  EXPECT_EQ(source->read(1ms, batch), ReadOutcome::nothing_yet);
  pipe.write("c\n");
  EXPECT_EQ(source->read(0ms, batch), ReadOutcome::rows);
  EXPECT_EQ(batch.records.at(0).bytes, "bc");
  EXPECT_EQ(batch.next, Offset{2});
  EXPECT_TRUE(source->identity().empty());
}

TEST(StdinSource, UnderLinesALineIsARecordEvenWithAQuoteLeftOpen) {
  Pipe pipe("\"a\nb\n");
  const auto source = make_stdin_source({.descriptor = pipe.reading_end(), .framing = Framing::lines});
  ASSERT_TRUE(source->open({}));
  RawBatch batch;
  EXPECT_EQ(source->read(0ms, batch), ReadOutcome::rows);
  EXPECT_EQ(batch.records.size(), 2u);
}

TEST(StdinSource, GoesNowhereElseThanWhereItIs) {
  Pipe pipe("a\nb\n");
  const auto source = make_stdin_source({.descriptor = pipe.reading_end(), .batch_rows = 1});
  ASSERT_TRUE(source->open({}));
  RawBatch batch;
  ASSERT_TRUE(source->read(0ms, batch));
  Checkpoint here;
  here.next[batch.partition] = batch.next;
  EXPECT_TRUE(source->rewind(here));
  EXPECT_FALSE(source->rewind({}));
  EXPECT_EQ(source->read(0ms, batch), ReadOutcome::rows);
  EXPECT_EQ(batch.records.at(0).bytes, "b");
}

}  // namespace
}  // namespace churnstream
