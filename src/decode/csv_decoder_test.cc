#include "decode/csv_decoder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "base/numbers.h"

namespace churnstream {
namespace {

using testing::HasSubstr;

CsvSettings telco_settings() {
  CsvSettings settings;
  settings.columns = *Schema::make({{"id"}, {"plan"}, {"tenure", ColumnType::number}});
  settings.key = "id";
  settings.label = "Churn";
  return settings;
}

// Speaks in lines: what decoding them gave, as text.
class CsvDecoderTest : public testing::Test {
 protected:
  void use(CsvSettings settings) {
    auto made = make_csv_decoder(std::move(settings));
    ASSERT_TRUE(made) << made.error().message;
    decoder = std::move(*made);
  }

  // "0: 7590 month 1|2: ..." : the rows by offset; a missing cell is "-".
  std::string decode(const std::vector<std::string>& lines, std::int64_t first_offset = 0,
                     std::string_view first_record = {}) {
    RawBatch raw;
    raw.partition = {"t", partition};
    std::vector<std::size_t> begins;
    for (const std::string& line : lines) {
      begins.push_back(raw.storage->size());
      *raw.storage += line + '\n';
    }
    const std::size_t first_begins = raw.storage->size();
    *raw.storage += first_record;
    const std::string_view bytes = *raw.storage;
    raw.first_record = bytes.substr(first_begins);
    for (std::size_t i = 0; i < lines.size(); ++i) {
      RawRecord record;
      record.bytes = bytes.substr(begins[i], lines[i].size());
      record.offset = Offset{first_offset + static_cast<std::int64_t>(i)};
      record.time_us = 1'000 + first_offset + static_cast<std::int64_t>(i);
      if (flaws.contains(i)) record.flaw = flaws[i];
      raw.records.push_back(record);
    }
    raw.next = Offset{first_offset + static_cast<std::int64_t>(lines.size())};
    SkipCounts before = skipped;
    decoder->decode(raw, rows, refused, skipped);
    std::uint64_t accounted = rows.num_rows() + refused.size();
    for (const auto& [reason, count] : skipped) accounted += count - before[reason];
    EXPECT_EQ(accounted, lines.size()) << "every record ends in exactly one of the three";
    EXPECT_EQ(rows.extent().next, raw.next);
    return rows_as_text();
  }

  std::string rows_as_text() const {
    std::string text;
    for (std::size_t row = 0; row < rows.num_rows(); ++row) {
      text += (row == 0 ? "" : "|") + std::to_string(number_of(rows.extent().offsets[row])) + ":";
      for (std::size_t index = 0; index < rows.schema().size(); ++index) {
        const Column& column = rows.column(index);
        text += ' ';
        if (column.is_missing(row))
          text += '-';
        else if (column.type() == ColumnType::text)
          text += column.text(row);
        else
          append_shortest(text, column.number(row));
      }
    }
    return text;
  }

  std::string reasons() const {
    std::string text;
    for (const RefusedRow& row : refused)
      text += (text.empty() ? "" : "|") + std::to_string(number_of(row.offset)) + ": " + row.reason;
    return text;
  }

  void SetUp() override { use(telco_settings()); }

  std::int32_t partition = 0;
  std::map<std::size_t, RecordFlaw> flaws;
  std::unique_ptr<Decoder> decoder;
  RecordBatch rows;
  std::vector<RefusedRow> refused;
  SkipCounts skipped;
};

TEST_F(CsvDecoderTest, ColumnsAreFoundByNameInAnyOrderAndTheLabelIsTakenOff) {
  EXPECT_EQ(decode({"Churn,tenure,id,plan", "Yes,1,7590,month", "No,34.5,5575,year"}),
            "1: 7590 month 1|2: 5575 year 34.5");
  EXPECT_EQ(decoder->labels(), (std::vector<std::string>{"Yes", "No"}));
  EXPECT_EQ(skipped, (SkipCounts{{"header", 1}}));
  EXPECT_FALSE(decoder->schema()->find("Churn"));
}

TEST_F(CsvDecoderTest, QuotesCommasAndLineEndsInsideQuotesAreTheFieldsOwn) {
  EXPECT_EQ(decode({"id,plan,tenure", "\"a,b\",\"say \"\"hi\"\"\nto me\",\"5\"", "c,5\" pipe,6"}),
            "1: a,b say \"hi\"\nto me 5|2: c 5\" pipe 6");
  decode({"d,\"x\"y,1", "e,\"x,1"}, 3);
  EXPECT_EQ(reasons(), "3: there is text behind a closing quote|4: a quote is not closed");
}

TEST_F(CsvDecoderTest, AByteOrderMarkAndLineEndsLeftOnARecordAreNoData) {
  EXPECT_EQ(decode({"\xEF\xBB\xBF\"id\",plan,tenure\r", "a,b,1\r", "c,d,2\r\n"}), "1: a b 1|2: c d 2");
}

TEST_F(CsvDecoderTest, AHeaderInTheMiddleIsSkippedAndCounted) {
  EXPECT_EQ(decode({"id,plan,tenure", "a,b,1", "id,plan,tenure", "c,d,2"}), "1: a b 1|3: c d 2");
  EXPECT_EQ(skipped["header"], 2u);
}

TEST_F(CsvDecoderTest, AHeaderWithAnotherOrderInTheMiddleIsRefusedAndTheOldOrderStays) {
  EXPECT_EQ(decode({"id,plan,tenure", "plan,id,tenure", "c,d,2"}), "2: c d 2");
  EXPECT_EQ(reasons(), "1: a header line with another order of columns than the stream's");
}

TEST_F(CsvDecoderTest, EachPartitionHasAnOrderOfItsOwn) {
  EXPECT_EQ(decode({"id,plan,tenure", "a,b,1"}), "1: a b 1");
  partition = 1;
  EXPECT_EQ(decode({"plan,id,tenure", "d,c,2"}), "1: c d 2");
  partition = 0;
  EXPECT_EQ(decode({"e,f,3"}, 2), "2: e f 3");
}

TEST_F(CsvDecoderTest, AConfiguredOrderNeedsNoHeaderAndAHeaderAtTheBeginningCorrectsIt) {
  CsvSettings settings = telco_settings();
  settings.order = {"id", "plan", "tenure", "Churn"};
  use(settings);
  EXPECT_EQ(decode({"a,b,1,No", "c,d,2,Yes"}), "0: a b 1|1: c d 2");
  EXPECT_EQ(decoder->labels(), (std::vector<std::string>{"No", "Yes"}));
  use(settings);
  EXPECT_EQ(decode({"plan,id,tenure", "b,a,1"}), "1: a b 1");
  EXPECT_EQ(decoder->labels(), (std::vector<std::string>{""}));
}

TEST_F(CsvDecoderTest, ResumedInTheMiddleTheFirstRecordTellsTheOrder) {
  EXPECT_EQ(decode({"b,a,1"}, 7, "plan,id,tenure"), "7: a b 1");
  use(telco_settings());
  EXPECT_EQ(decode({"a,b,1", "id,plan,tenure", "c,d,2"}, 7), "9: c d 2");
  EXPECT_EQ(reasons(), "7: no header line has named its columns");
}

TEST_F(CsvDecoderTest, AHeaderWithoutANeededColumnRefusesItselfAndItsRows) {
  EXPECT_EQ(decode({"id,plan,tenur", "a,b,1"}), "");
  EXPECT_EQ(reasons(),
            "0: the header line has no column \"tenure\"|1: the header line has no column \"tenure\"");
  EXPECT_EQ(decode({"id,plan,tenure", "a,b,1"}, 2), "3: a b 1") << "a good one later on heals";
  use(telco_settings());
  decode({"id,plan,tenure,id", "a,b,1,c"});
  EXPECT_THAT(reasons(), HasSubstr("0: the header line has two columns \"id\""));
}

TEST_F(CsvDecoderTest, ExtraColumnsAreKeptAside) {
  EXPECT_EQ(decode({"region,id,plan,tenure", "north,a,b,1", "region,id,plan,tenure"}), "1: a b 1");
  EXPECT_EQ(skipped["header"], 2u);
}

TEST_F(CsvDecoderTest, BlankLinesAreSkippedAndCounted) {
  EXPECT_EQ(decode({"id,plan,tenure", "", "a,b,1", "  ", "\r"}), "2: a b 1");
  EXPECT_EQ(skipped["blank"], 3u);
}

TEST_F(CsvDecoderTest, ABlankNumberIsMissingAndSpacesAroundOneAreForgiven) {
  EXPECT_EQ(decode({"id,plan,tenure", "a,b,", "c,d, ", "e,f, 7 ", "g,,1", "h,\"\",1"}),
            "1: a b -|2: c d -|3: e f 7|4: g - 1|5: h  1");
}

TEST_F(CsvDecoderTest, ABadRowIsRefusedWithReasonPositionAndBytesAndTheNextIsRead) {
  flaws = {{6, RecordFlaw::too_long}, {7, RecordFlaw::unclosed_quote}};
  EXPECT_EQ(
      decode({"id,plan,tenure", "a,b", "a,b,1,2", "a,b,many", " ,b,1", "a,\xFF,1", "aaaa", "a,\"b", "z,y,1"}),
      "8: z y 1");
  EXPECT_EQ(
      reasons(),
      "1: it has 2 fields and not 3|2: it has 4 fields and not 3|3: column \"tenure\" is no number: \"many\"|"
      "4: it has no key: column \"id\" is blank|5: it is not valid UTF-8|6: it is longer than a record may "
      "be|"
      "7: a quote is still open at the end of the file");
  const RefusedRow& row = refused[2];
  EXPECT_EQ(row.stage, "decode");
  EXPECT_EQ(row.raw, "a,b,many");
  EXPECT_EQ(row.key, "a");
  EXPECT_EQ(row.partition, (Partition{"t", 0}));
  EXPECT_EQ(row.time_us, 1'003);
  EXPECT_EQ(refused[4].raw, "a,\xFF,1");
}

TEST_F(CsvDecoderTest, NumbersThatAreWordsAreNone) {
  decode({"id,plan,tenure", "a,b,NaN", "a,b,inf", "a,b,0x10", "a,b,1e999", "a,b,1 2"});
  EXPECT_EQ(refused.size(), 5u);
}

TEST_F(CsvDecoderTest, ACharacterCutInTwoByARecordBorderIsNotValid) {
  RawBatch raw;
  *raw.storage = "id,plan,tenurea,b\xC3\xA9,x,1c,d,2";
  const std::string_view bytes = *raw.storage;
  for (const auto& [begin, end] : {std::pair(0, 14), {14, 18}, {18, 23}, {23, 28}}) {
    RawRecord record;
    record.bytes = bytes.substr(begin, end - begin);
    record.offset = Offset{static_cast<std::int64_t>(raw.records.size())};
    raw.records.push_back(record);
  }
  decoder->decode(raw, rows, refused, skipped);
  EXPECT_EQ(reasons(), "1: it is not valid UTF-8|2: it is not valid UTF-8");
  EXPECT_EQ(rows_as_text(), "3: c d 2");
  raw.records.erase(raw.records.begin() + 2);  // the other half still lies in the storage
  decoder->decode(raw, rows, refused, skipped);
  EXPECT_EQ(reasons(), "1: it is not valid UTF-8");
}

TEST_F(CsvDecoderTest, EventTimesComeFromTheRecordOrFromAColumn) {
  EXPECT_EQ(decode({"id,plan,tenure", "a,b,1"}), "1: a b 1");
  EXPECT_EQ(rows.extent().event_times_us[0], 1'001);
  CsvSettings settings = telco_settings();
  settings.event_time = "at";
  use(settings);
  EXPECT_EQ(decode({"id,plan,tenure,at", "a,b,1,1970-01-01T00:00:01Z", "a,b,1,never"}), "1: a b 1");
  EXPECT_EQ(rows.extent().event_times_us[0], 1'000'000);
  EXPECT_EQ(reasons(), "2: column \"at\" is no time: \"never\"");
}

TEST_F(CsvDecoderTest, SettingsThatDoNotFitTogetherAreWrong) {
  CsvSettings settings = telco_settings();
  settings.key = "nobody";
  EXPECT_EQ(make_csv_decoder(settings).error().kind, ErrorKind::wrong);
  settings.key = "tenure";
  EXPECT_THAT(make_csv_decoder(settings).error().message, HasSubstr("must be text"));
  settings = telco_settings();
  settings.label = "plan";
  EXPECT_FALSE(make_csv_decoder(settings));
  settings = telco_settings();
  settings.order = {"id", "plan"};
  EXPECT_THAT(make_csv_decoder(settings).error().message, HasSubstr("no column \"tenure\""));
  EXPECT_FALSE(make_csv_decoder({}));
}

TEST(GuessSchema, ANumberIsWhatReadsAsOneInEveryRowAndTheKeyIsText) {
  RawBatch raw;
  for (const char* line :
       {"id,Senior,charges,note,empty,Churn", "1,0,29.85,5,,No", "2,1, ,x,,Yes", "short,row"}) {
    RawRecord record;
    record.bytes = line;
    raw.records.push_back(record);
  }
  const auto schema = guess_schema(raw, "id", "Churn");
  ASSERT_TRUE(schema) << schema.error().message;
  EXPECT_EQ(
      *schema,
      *Schema::make(
          {{"id"}, {"Senior", ColumnType::number}, {"charges", ColumnType::number}, {"note"}, {"empty"}}));
  EXPECT_EQ(guess_schema(raw, "customer", "Churn").error().kind, ErrorKind::wrong);
  EXPECT_FALSE(guess_schema(RawBatch(), "id", "Churn"));
}

// --- Two ways, one answer ---

// The obvious way to read one record of id,plan,tenure: one character after the other.
std::string the_plain_way(const std::string& line) {
  std::vector<std::string> fields(1);
  std::vector<bool> quoted(1);
  for (std::size_t i = 0; i < line.size();) {
    if (line[i] == '"' && (i == 0 || line[i - 1] == ',') && fields.back().empty() && !quoted.back()) {
      quoted.back() = true;
      for (++i;; ++i) {
        if (i >= line.size()) return "refused";
        if (line[i] != '"')
          fields.back() += line[i];
        else if (i + 1 < line.size() && line[i + 1] == '"')
          fields.back() += line[i++];
        else
          break;
      }
      ++i;
      if (i < line.size() && line[i] != ',') return "refused";
    } else if (line[i] == ',') {
      fields.emplace_back();
      quoted.push_back(false);
      ++i;
    } else {
      fields.back() += line[i++];
    }
  }
  if (fields.size() != 3 || fields[0].find_first_not_of(' ') == std::string::npos) return "refused";
  std::string number = fields[2];
  number.erase(0, std::min(number.find_first_not_of(' '), number.size()));
  number.erase(number.find_last_not_of(' ') + 1);
  if (!number.empty() && !parse_double(number)) return "refused";
  return fmt::format(" {} {} {}", fields[0], fields[1].empty() && !quoted[1] ? "-" : fields[1],
                     number.empty() ? "-" : shortest(*parse_double(number)));
}

TEST_F(CsvDecoderTest, ThePlainWayGivesTheSameRows) {
  CsvSettings settings = telco_settings();
  settings.order = {"id", "plan", "tenure"};
  std::mt19937 random(11);
  const std::vector<std::string> pieces{"a",   "\"", "\"\"", ",", ",", ",\"",
                                        "\",", "1",  "25.5", " ", "-", "abcdefghijklmnop"};
  int good = 0;
  for (int round = 0; round < 20'000; ++round) {
    use(settings);
    std::string line = random() % 2 == 0 ? "k," : "";
    for (std::size_t count = 1 + random() % 8; count > 0; --count) line += pieces[random() % pieces.size()];
    if (line.find_first_not_of(' ') == std::string::npos) continue;
    const std::string plain = the_plain_way(line);
    const std::string fast = decode({line}, 5);
    ASSERT_EQ(refused.empty() ? fast.substr(2) : "refused", plain) << line;
    good += refused.empty() ? 1 : 0;
  }
  EXPECT_GT(good, 500) << "random lines must be rows often enough to mean anything";
}

TEST_F(CsvDecoderTest, AConfiguredOrderReadsRecordsWithAndWithoutTheLabel) {
  CsvSettings settings = telco_settings();
  settings.order = {"id", "Churn", "plan", "tenure"};
  use(std::move(settings));
  const std::string with_label = decode({"1,Yes,month,3"});
  EXPECT_EQ(decode({"1,month,3"}), with_label);
  EXPECT_THAT(with_label, HasSubstr("month"));
  EXPECT_THAT(decode({"1,month"}), testing::Not(HasSubstr("month 3")));
}

}  // namespace
}  // namespace churnstream
