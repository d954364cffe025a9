#include "sink/refused_file_reader.h"

#include <gtest/gtest.h>

#include "data/record_headers.h"
#include "sink/refused_file.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

RefusedRow refused(std::int64_t offset, std::string raw) {
  RefusedRow row;
  row.stage = "decode";
  row.reason = "it has 3 fields and not 21";
  row.raw = std::move(raw);
  row.partition = {"churn", 2};
  row.offset = Offset{offset};
  row.time_us = 1'700'000'000'000'001;
  return row;
}

void write(const Path& path, const std::vector<RefusedRow>& rows) {
  ManualClock clock;
  const auto file = make_refused_file(path, clock);
  ASSERT_TRUE(file->open({}));
  ASSERT_TRUE(file->write(rows));
}

std::string offsets_in(const Path& path, bool from_start, bool note = false) {
  auto reader = RefusedFileReader::open(path, from_start);
  if (!reader) return reader.error().message;
  std::string offsets;
  RefusedRow row;
  for (;;) {
    const Result<bool> more = (*reader)->next(row);
    if (!more) return more.error().message;
    if (!*more) break;
    offsets += std::to_string(number_of(row.offset)) + " ";
  }
  if (note) {
    EXPECT_TRUE((*reader)->note_sent());
  }
  return offsets;
}

TEST(RefusedFileReader, ARowComesBackAsItWasRefused) {
  const TemporaryFolder folder;
  RefusedRow row = refused(7, std::string("a\xFF\0,b", 5));
  row.key = "7590";
  row.record_key = std::string("k\0", 2);
  append_header(row.headers, "trace", "x\xFE");
  append_header(row.headers, "empty", std::nullopt);
  write(folder / "refused.jsonl", {row});
  const auto reader = *RefusedFileReader::open(folder / "refused.jsonl", false);
  RefusedRow back;
  ASSERT_TRUE(*reader->next(back));
  EXPECT_EQ(back.stage, row.stage);
  EXPECT_EQ(back.reason, row.reason);
  EXPECT_EQ(back.raw, row.raw);
  EXPECT_EQ(back.key, row.key);
  EXPECT_EQ(back.partition, row.partition);
  EXPECT_EQ(back.offset, row.offset);
  EXPECT_EQ(back.time_us, row.time_us);
  EXPECT_EQ(back.record_key, row.record_key);
  EXPECT_EQ(back.headers, row.headers);
  EXPECT_FALSE(*reader->next(back));
}

TEST(RefusedFileReader, WhatWasSentOnceIsNotReadAgainUnlessAskedFor) {
  const TemporaryFolder folder;
  const Path path = folder / "refused.jsonl";
  EXPECT_EQ(offsets_in(path, false), "") << "no file, no rows";
  write(path, {refused(1, "x"), refused(2, "y")});
  EXPECT_EQ(offsets_in(path, false), "1 2 ");
  EXPECT_EQ(offsets_in(path, false, true), "1 2 ");
  EXPECT_EQ(offsets_in(path, false), "");
  write(path, {refused(3, "z")});
  EXPECT_EQ(offsets_in(path, false), "3 ");
  EXPECT_EQ(offsets_in(path, true), "1 2 3 ");
}

TEST(RefusedFileReader, AnotherFileUnderTheSameNameIsNoticed) {
  const TemporaryFolder folder;
  const Path path = folder / "refused.jsonl";
  write(path, {refused(1, "x"), refused(2, "y")});
  offsets_in(path, false, true);
  std::filesystem::remove(path);
  write(path, {refused(1, "x")});
  EXPECT_NE(offsets_in(path, false).find("shorter than what was sent again"), std::string::npos);
}

TEST(RefusedFileReader, ALineThatIsStillBeingWrittenIsLeftAndAForeignLineIsNamed) {
  const TemporaryFolder folder;
  const Path path = folder / "refused.jsonl";
  write(path, {refused(1, "x")});
  const std::string whole = *read_file(path);
  ASSERT_TRUE(write_file_atomically(path, whole + whole.substr(0, 20)));
  EXPECT_EQ(offsets_in(path, false), "1 ");
  ASSERT_TRUE(write_file_atomically(path, "{\"a\":1}\n"));
  EXPECT_NE(offsets_in(path, false).find("this line is no refused row"), std::string::npos);
}

}  // namespace
}  // namespace churnstream
