#include "sink/record_log.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <bit>
#include <fstream>

#include "sink/record_block.h"
#include "testing/scored_rows.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

using ::testing::ElementsAre;

ScoredRecord test_record() { return *ScoredRecord::make(*test_columns(), *test_terms()); }

// "offset id note charges day" of each row.
std::vector<std::string> rows_in(const RecordLog& log) {
  LogRows rows(log.path(), log.length(), log.columns());
  std::vector<StreamedColumn> columns(log.columns().size() + 1);
  EXPECT_TRUE(rows.rewind());
  std::vector<std::string> texts;
  for (;;) {
    const auto count = rows.next(columns);
    EXPECT_TRUE(count) << (count ? "" : count.error().message);
    if (!count || *count == 0) return texts;
    for (std::size_t row = 0; row < *count; ++row)
      texts.push_back(fmt::format(
          "{} {} {} {} {}", columns[11].word(row), columns[0].text(row),
          columns[12].null(row) ? "NULL" : columns[12].text(row),
          columns[13].null(row) ? "NULL" : fmt::to_string(std::bit_cast<double>(columns[13].word(row))),
          columns[14].text(row)));
  }
}

class RecordLogs : public testing::Test {
 protected:
  void append(const std::vector<TestRow>& rows, std::int64_t next) {
    ASSERT_TRUE(log_->append(test_record(), scored_rows(rows, next), 0, test_checkpoint(next)));
  }
  // As after a crash.
  std::vector<std::string> rows_found() {
    log_.reset();
    auto found = RecordLog::find(path_);
    EXPECT_TRUE(found) << (found ? "" : found.error().message);
    if (found) log_ = *std::move(found);
    return log_ ? rows_in(*log_) : std::vector<std::string>{"no log"};
  }
  void change_byte(std::uint64_t at) {
    std::fstream file(path_, std::ios::in | std::ios::out | std::ios::binary);
    file.seekg(static_cast<std::streamoff>(at));
    const char byte = static_cast<char>(file.get() ^ 1);
    file.seekp(static_cast<std::streamoff>(at));
    file.put(byte);
  }

  TemporaryFolder folder_;
  const Path path_ = folder_ / "churn-0-0.log";
  std::unique_ptr<RecordLog> log_ = std::move(*RecordLog::make(path_, test_record().columns()));
};

TEST_F(RecordLogs, HoldEveryValueAsItWas) {
  append({{.offset = 0, .id = "a\n\"b", .note = "", .charges = 0.1}, {.offset = 1, .note = std::nullopt}}, 2);
  append({{.offset = 7, .event_time_us = -1, .charges = std::numeric_limits<double>::infinity()}}, 9);
  const std::vector<std::string> rows = rows_in(*log_);
  EXPECT_THAT(rows, ElementsAre("0 a\n\"b  0.1 1970-01-01", "1 7590 NULL 10 1970-01-01",
                                "7 7590 month NULL 1969-12-31"));
  EXPECT_EQ(rows_found(), rows);
  EXPECT_EQ(log_->position(), test_checkpoint(9));
  EXPECT_EQ(log_->days().at("1970-01-01").num_rows, 2);
  EXPECT_EQ(log_->days().at("1969-12-31").first, Offset{7});
}

// Few different values, more than a byte can number, and a batch of more than one block.
TEST_F(RecordLogs, HoldManyDifferentValues) {
  std::vector<TestRow> rows;
  std::vector<std::string> expected;
  for (std::int64_t offset = 0; offset < 10'000; ++offset) {
    rows.push_back({.offset = offset,
                    .id = std::to_string(offset * 7 % 5'000),
                    .charges = static_cast<double>(offset % 256)});
    rows.back().note = offset % 3 == 0 ? std::nullopt : std::optional("n" + std::to_string(offset % 257));
    expected.push_back(fmt::format("{} {} {} {} 1970-01-01", offset, rows.back().id,
                                   rows.back().note.value_or("NULL"), offset % 256));
  }
  append(rows, 10'000);
  EXPECT_EQ(rows_in(*log_), expected);
  EXPECT_EQ(rows_found(), expected);
  EXPECT_EQ(log_->days().at("1970-01-01").num_rows, 10'000);
}

// Cut at any byte, or with any byte changed: what was whole before it counts, nothing else does.
TEST_F(RecordLogs, CountUpToTheFirstPartThatIsNotWhole) {
  const std::uint64_t empty = log_->length();
  append({{.offset = 0}}, 1);
  const std::uint64_t one = log_->length();
  append({{.offset = 1}, {.offset = 2}}, 3);
  const std::uint64_t three = log_->length();
  const std::string bytes = *read_file(path_);
  const auto parts_before = [&](std::uint64_t at) {
    return at < empty ? 0 : at < one ? 1 : at < three ? 2 : 3;
  };
  for (std::uint64_t at = 0; at < three; at += 5) {
    for (const bool is_cut : {true, false}) {
      std::ofstream(path_, std::ios::binary) << (is_cut ? std::string_view(bytes).substr(0, at) : bytes);
      if (!is_cut) change_byte(at);
      const std::vector<std::string> rows = rows_found();
      const int parts = parts_before(at);
      if (parts == 0) {
        EXPECT_EQ(log_, nullptr) << at;
      } else {
        EXPECT_EQ(rows.size(), parts == 1 ? 0u : 1u) << at;
        EXPECT_EQ(log_->position(), parts == 1 ? Checkpoint{} : test_checkpoint(1)) << at;
      }
    }
  }
}

TEST_F(RecordLogs, GoOnWhereWhatCountsEnds) {
  append({{.offset = 0}}, 1);
  std::ofstream(path_, std::ios::app) << "half a part";
  EXPECT_EQ(rows_found().size(), 1u);
  append({{.offset = 1}}, 2);
  EXPECT_EQ(rows_found().size(), 2u);
  EXPECT_EQ(log_->position(), test_checkpoint(2));
}

TEST_F(RecordLogs, KeepAPositionWithoutRows) {
  append({}, 5);
  EXPECT_EQ(rows_found(), std::vector<std::string>{});
  EXPECT_EQ(log_->position(), test_checkpoint(5));
  EXPECT_TRUE(log_->days().empty());
}

// Nothing of a block is believed: each byte may be any other, and it may end anywhere.
TEST(RecordBlocks, StandAnyBytes) {
  std::vector<TestRow> rows;
  for (std::int64_t offset = 0; offset < 12; ++offset)
    rows.push_back({.offset = offset, .id = std::to_string(offset % 3), .note = std::nullopt});
  rows[5].note = "a note";
  std::string block;
  append_block(block, test_record(), scored_rows(rows, 12), 0, rows.size());
  std::vector<StreamedColumn> columns(test_record().columns().size());
  std::size_t read = 0, refused = 0, bytes_seen = 0;
  const auto try_reading = [&](std::string_view bytes) {
    const auto count = read_block(bytes, test_record().columns(), columns);
    ++(count ? read : refused);
    for (std::size_t index = 0; count && index < columns.size(); ++index) {
      const bool is_text = test_record().columns()[index].kind == RecordKind::text;
      for (std::size_t row = 0; row < *count; ++row) {
        bytes_seen += columns[index].null(row) ? 1 : 0;
        if (!is_text)
          bytes_seen += columns[index].words.at(columns[index].place(row)) & 1;
        else if (const auto text = columns[index].texts.at(columns[index].place(row)); !text.empty())
          bytes_seen += static_cast<unsigned char>(text.back());
      }
    }
  };
  try_reading(block);
  ASSERT_EQ(read, 1u);
  for (std::size_t at = 0; at < block.size(); ++at) {
    try_reading(std::string_view(block).substr(0, at));
    for (const int byte : {0, 1, 2, 3, 0x80, 0xFF}) {
      std::string other = block;
      other[at] = static_cast<char>(byte);
      try_reading(other);
    }
  }
  EXPECT_GT(refused, block.size());
  EXPECT_GT(bytes_seen, 0u);
}

}  // namespace
}  // namespace churnstream
