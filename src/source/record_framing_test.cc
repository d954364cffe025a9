#include "source/record_framing.h"

#include <gtest/gtest.h>

#include <random>

namespace churnstream {
namespace {

// The records of `text`, fed in pieces of `piece` bytes and taken `records_max` at a time: "a|b|", with "!"
// and
// "?" behind records that are too long or end inside quotes.
std::string records_of(std::string_view text, std::size_t piece = 1'000'000, std::size_t records_max = 1'000,
                       std::uint64_t bytes_max = kRecordBytesMax) {
  RecordFraming framing(bytes_max);
  RawBatch batch;
  std::string shown;
  const auto take_all = [&](bool ended) {
    for (;;) {
      framing.take(records_max, ended, batch);
      if (batch.records.empty()) return;
      for (const RawRecord& record : batch.records) {
        shown += std::string(record.bytes);
        shown += record.flaw == RecordFlaw::too_long ? "!|" : record.flaw == RecordFlaw::none ? "|" : "?|";
      }
    }
  };
  for (std::size_t begin = 0; begin < text.size(); begin += piece) {
    framing.add(text.substr(begin, piece));
    take_all(false);
  }
  take_all(true);
  EXPECT_EQ(framing.bytes_waiting(), 0u);
  return shown;
}

// The same by looking at one byte after the other, for short records.
std::string records_the_plain_way(std::string_view text, std::size_t bytes_max) {
  std::string shown, record;
  bool in_quotes = false, field_begins = true, too_long = false;
  const auto finish = [&] {
    if (too_long)
      record = record.substr(0, bytes_max) + "!";
    else {
      if (record.ends_with('\r')) record.pop_back();
      if (in_quotes) record += '?';
    }
    shown += record + "|";
    record.clear();
    in_quotes = too_long = false;
    field_begins = true;
  };
  for (std::size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '\n' && !in_quotes) {
      finish();
      continue;
    }
    record += c;
    if (record.size() > bytes_max) {
      too_long = true;
      in_quotes = false;
    }
    if (too_long) continue;
    if (in_quotes) {
      if (c == '"' && i + 1 < text.size() && text[i + 1] == '"' && record.size() < bytes_max)
        record += text[++i];
      else if (c == '"')
        in_quotes = false;
    } else if (c == '"' && field_begins) {
      in_quotes = true;
    }
    field_begins = !in_quotes && c == ',';
  }
  if (!record.empty()) finish();
  return shown;
}

TEST(RecordFraming, LinesEndWithOrWithoutCarriageReturn) {
  EXPECT_EQ(records_of("a,b\nc,d\r\ne"), "a,b|c,d|e|");
  EXPECT_EQ(records_of("a\n\n\r\nb\n"), "a|||b|");
  EXPECT_EQ(records_of(""), "");
}

TEST(RecordFraming, ALineEndInsideQuotesBelongsToTheRecord) {
  EXPECT_EQ(records_of("a,\"b\nc\",d\ne\n"), "a,\"b\nc\",d|e|");
  EXPECT_EQ(records_of("\"a\"\"\n\"\nb\n"), "\"a\"\"\n\"|b|");
  EXPECT_EQ(records_of("\xEF\xBB\xBF\"a\nb\"\nc"), "\xEF\xBB\xBF\"a\nb\"|c|");
}

TEST(RecordFraming, AQuoteInTheMiddleOfAFieldIsAnOrdinaryByte) {
  EXPECT_EQ(records_of("5\" pipe\nb\n"), "5\" pipe|b|");
  EXPECT_EQ(records_of("\"a\"b\"\nc\n"), "\"a\"b\"|c|");
}

TEST(RecordFraming, ARecordOverTheLimitIsFlaggedAndTheNextOneIsWhole) {
  EXPECT_EQ(records_of("abcd\nabcde\nx\n", 100, 100, 4), "abcd|abcd!|x|");
  EXPECT_EQ(records_of("\"abcdefg\nhi\nx\n", 100, 100, 4), "\"abc!|hi|x|")
      << "quotes are not trusted any more";
  EXPECT_EQ(records_of("abcdefghi", 1, 100, 4), "abcd!|");
}

TEST(RecordFraming, OfAGiantRecordOnlyTheBeginningIsKept) {
  RecordFraming framing;
  RawBatch batch;
  for (int megabyte = 0; megabyte < 20; ++megabyte) {
    framing.add(std::string(1 << 20, 'x'));
    framing.take(10, false, batch);
    EXPECT_TRUE(batch.records.empty());
  }
  EXPECT_LE(framing.bytes_waiting(), kRecordBytesMax);
  framing.add("x\nnext\n");
  framing.take(10, false, batch);
  ASSERT_EQ(batch.records.size(), 2u);
  EXPECT_EQ(batch.records[0].flaw, RecordFlaw::too_long);
  EXPECT_EQ(batch.records[0].bytes, std::string(kBeginningBytesKept, 'x'));
  EXPECT_EQ(batch.records[1].bytes, "next");
}

TEST(RecordFraming, AQuoteStillOpenAtTheEndIsFlagged) {
  EXPECT_EQ(records_of("a\n\"b\nc\n"), "a|\"b\nc\n?|");
  EXPECT_EQ(records_of("a\n\"b\""), "a|\"b\"|");
}

TEST(RecordFraming, AnUnfinishedLineWaitsForItsEnd) {
  RecordFraming framing;
  RawBatch batch;
  framing.add("a\nb");
  framing.take(10, false, batch);
  EXPECT_EQ(batch.records.size(), 1u);
  framing.add("c\n");
  framing.take(10, false, batch);
  ASSERT_EQ(batch.records.size(), 1u);
  EXPECT_EQ(batch.records[0].bytes, "bc");
}

TEST(RecordFraming, TheWayBytesArriveChangesNothing) {
  std::mt19937 random(7);
  constexpr std::string_view kAlphabet = "\"\"\"\n\n,,\rab";
  for (int round = 0; round < 3'000; ++round) {
    std::string text;
    for (std::size_t length = random() % 60; length > 0; --length)
      text += kAlphabet[random() % kAlphabet.size()];
    const std::size_t bytes_max = 1 + random() % 30;
    const std::string plain = records_the_plain_way(text, bytes_max);
    ASSERT_EQ(records_of(text, 1'000, 1'000, bytes_max), plain) << text;
    ASSERT_EQ(records_of(text, 1 + random() % 5, 1 + random() % 3, bytes_max), plain) << text;
  }
}

TEST(RecordFraming, UnderLinesAQuoteIsAByteLikeAnyOther) {
  const std::string text = "{\"a\":\"x\"}\n\"open\r\n,\"\n\nlong line\nlast \"";
  for (const std::size_t piece : {1, 3, 100}) {
    RecordFraming framing(8, Framing::lines);
    RawBatch batch;
    std::string shown;
    for (std::size_t begin = 0; begin <= text.size(); begin += piece) {
      framing.add(std::string_view(text).substr(begin, piece));
      framing.take(100, begin + piece > text.size(), batch);
      for (const RawRecord& record : batch.records) {
        shown += record.bytes;
        shown += record.flaw == RecordFlaw::too_long ? "!|" : record.flaw == RecordFlaw::none ? "|" : "?|";
      }
    }
    EXPECT_EQ(shown, "{\"a\":\"x\"!|\"open|,\"||long lin!|last \"|");
  }
}

}  // namespace
}  // namespace churnstream
