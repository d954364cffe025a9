#include "decode/json_decoder.h"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <random>

#include "base/json_text.h"
#include "base/numbers.h"
#include "decode/csv_decoder.h"

namespace churnstream {
namespace {

using testing::HasSubstr;
using testing::StartsWith;

JsonSettings telco_settings() {
  JsonSettings settings;
  settings.columns = *Schema::make({{"id"}, {"plan"}, {"tenure", ColumnType::number}});
  settings.key = "id";
  settings.label = "Churn";
  return settings;
}

JsonSettings enveloped_settings() {
  JsonSettings settings = telco_settings();
  settings.root = "payload.after";
  return settings;
}

// "0: 7590 month 1|2: ..." : the rows by offset; a missing cell is "-".
std::string as_text(const RecordBatch& rows) {
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

// Speaks in records: what decoding them gave, as text.
class JsonDecoderTest : public testing::Test {
 protected:
  void use(JsonSettings settings) {
    auto made = make_json_decoder(std::move(settings));
    ASSERT_TRUE(made) << made.error().message;
    decoder = std::move(*made);
  }

  // The records lie one right behind the other, with nothing between them.
  std::string decode(const std::vector<std::string>& records, std::int64_t first_offset = 0) {
    RawBatch raw;
    raw.partition = {"t", 0};
    for (const std::string& record : records) *raw.storage += record;
    std::size_t begin = 0;
    for (std::size_t i = 0; i < records.size(); ++i) {
      RawRecord record;
      record.bytes = std::string_view(*raw.storage).substr(begin, records[i].size());
      begin += records[i].size();
      record.offset = Offset{first_offset + static_cast<std::int64_t>(i)};
      record.time_us = 1'000 + first_offset + static_cast<std::int64_t>(i);
      record.key = "the record's key";
      record.headers = "its headers";
      if (flaws.contains(i)) record.flaw = flaws[i];
      record.is_tombstone = tombstone == i;
      raw.records.push_back(record);
    }
    raw.next = Offset{first_offset + static_cast<std::int64_t>(records.size())};
    const SkipCounts before = skipped;
    decoder->decode(raw, rows, refused, skipped);
    std::uint64_t accounted = rows.num_rows() + refused.size();
    for (const auto& [reason, count] : skipped)
      accounted += count - (before.contains(reason) ? before.at(reason) : 0);
    EXPECT_EQ(accounted, records.size()) << "every record ends in exactly one of the three";
    EXPECT_EQ(rows.extent().next, raw.next);
    return as_text(rows);
  }

  std::string reason_of(const std::string& record) {
    decode({record});
    return refused.empty() ? "" : refused[0].reason;
  }

  void SetUp() override { use(telco_settings()); }

  std::map<std::size_t, RecordFlaw> flaws;
  std::optional<std::size_t> tombstone;
  std::unique_ptr<Decoder> decoder;
  RecordBatch rows;
  std::vector<RefusedRow> refused;
  SkipCounts skipped;
};

TEST_F(JsonDecoderTest, FieldsAreFoundByNameInAnyOrderAndTheLabelIsTakenOff) {
  EXPECT_EQ(decode({R"({"Churn": "Yes", "tenure": 1, "id": "7590", "plan": "month"})",
                    R"({"id":"5575","plan":"year","tenure":34.5,"Churn":true})",
                    R"( { "plan" : "year" , "id" : "9" } )"}),
            "0: 7590 month 1|1: 5575 year 34.5|2: 9 year -");
  EXPECT_EQ(decoder->labels(), (std::vector<std::string>{"Yes", "true", ""}));
  EXPECT_FALSE(decoder->schema()->find("Churn"));
  EXPECT_EQ(rows.extent().event_times_us[1], 1'001);
}

TEST_F(JsonDecoderTest, AMissingFieldAndNullAreMissingCellsAndAnEmptyTextIsOne) {
  EXPECT_EQ(decode({R"({"id":"a"})", R"({"id":"b","plan":null,"tenure":null})",
                    R"({"id":"c","plan":"","tenure":" "})", R"({"id":"d","plan":" ","tenure":""})"}),
            "0: a - -|1: b - -|2: c  -|3: d   -");
  EXPECT_FALSE(rows.column(1).is_missing(2));
}

TEST_F(JsonDecoderTest, ATextColumnTakesNumbersAndTruthsExactlyAsWritten) {
  EXPECT_EQ(decode({R"({"id":"a","plan":0})", R"({"id":"b","plan":1.50})", R"({"id":"c","plan":false})",
                    R"({"id":"d","plan":12345678901234567890123})", R"({"id":"e","plan":-0.0e+05 })"}),
            "0: a 0 -|1: b 1.50 -|2: c false -|3: d 12345678901234567890123 -|4: e -0.0e+05 -");
}

TEST_F(JsonDecoderTest, ANumberColumnTakesNumbersAndTextsThatHoldOne) {
  EXPECT_EQ(decode({R"({"id":"a","tenure":"12.5"})", R"({"id":"b","tenure":" 7 "})",
                    R"({"id":"c","tenure":9007199254740993})", R"({"id":"d","tenure":-1e-2})"}),
            "0: a - 12.5|1: b - 7|2: c - 9007199254740992|3: d - -0.01");
  for (const std::string value : {"1e999", "true", "\"many\"", "\"NaN\"", "\"0x10\"", "\"1 2\"", "-1e999"})
    EXPECT_EQ(reason_of(R"({"id":"a","tenure":)" + value + "}"), "column \"tenure\" is no number: " + value);
  EXPECT_EQ(reason_of(R"({"id":"a","tenure":{"a":1}})"), "column \"tenure\" is no number: an object");
  EXPECT_EQ(reason_of(R"({"id":"a","tenure":[1]})"), "column \"tenure\" is no number: an array");
}

TEST_F(JsonDecoderTest, AnObjectOrArrayWhereATextShouldBeIsRefused) {
  EXPECT_EQ(reason_of(R"({"id":"a","plan":{}})"), "column \"plan\" holds an object");
  EXPECT_EQ(reason_of(R"({"id":"a","plan":["month"]})"), "column \"plan\" holds an array");
  EXPECT_EQ(reason_of(R"({"id":"a","Churn":[]})"), "column \"Churn\" holds an array");
}

TEST_F(JsonDecoderTest, TheKeyIsATextOrAWholeNumber) {
  EXPECT_EQ(decode({R"({"id":7590})", R"({"id":" x"})", R"({"id":98765432109876543210})", R"({"id":-1})"}),
            "0: 7590 - -|1:  x - -|2: 98765432109876543210 - -|3: -1 - -");
  for (const std::string record :
       {R"({"plan":"month"})", R"({"id":null})", R"({"id":""})", R"({"id":" \t"})", "{}"})
    EXPECT_EQ(reason_of(record), "it has no key: column \"id\" is blank") << record;
  EXPECT_EQ(reason_of(R"({"id":1.5})"), "column \"id\" is no key: 1.5");
  EXPECT_EQ(reason_of(R"({"id":1e3})"), "column \"id\" is no key: 1e3");
  EXPECT_EQ(reason_of(R"({"id":true})"), "column \"id\" is no key: true");
  EXPECT_EQ(reason_of(R"({"id":{"id":"a"}})"), "column \"id\" is no key: an object");
}

TEST_F(JsonDecoderTest, EscapesAreReadInNamesAndInTexts) {
  EXPECT_EQ(
      decode({R"({"\u0069d":"a\n\"b\"\\\/","plan":"\u00e9\ud83d\ude00"})", R"({"id":"é","plan":"\t"})"}),
      "0: a\n\"b\"\\/ \xC3\xA9\xF0\x9F\x98\x80 -|1: \xC3\xA9 \t -");
  for (const std::string text :
       {R"(\x)", R"(\ud83d)", R"(\ud83d\u0041)", R"(\ude00)", R"(\u12)", R"(\u00zz)"}) {
    EXPECT_EQ(reason_of(R"({"id":"a","plan":")" + text + "\"}"),
              "it is not valid JSON: a text has an escape that is none")
        << text;
    EXPECT_THAT(reason_of(R"({"id":"a","nobody's":")" + text + "\"}"), StartsWith("it is not valid JSON"))
        << "what is not used is looked at too: " << text;
  }
}

TEST_F(JsonDecoderTest, WhatIsNoJsonIsRefusedWhetherItIsUsedOrNot) {
  for (const std::string value : {"",
                                  "01",
                                  "+1",
                                  ".5",
                                  "1.",
                                  "1e",
                                  "0x1",
                                  "nul",
                                  "nulls",
                                  "True",
                                  "NaN",
                                  "-",
                                  "1 2",
                                  "'a'",
                                  "\"a",
                                  "\"a\"b",
                                  "\"a\":1",
                                  "[",
                                  "[1",
                                  "[1,",
                                  "[1,]",
                                  "[,1]",
                                  "[1 2]",
                                  "[1}",
                                  "{",
                                  "{]",
                                  "{\"a\"}",
                                  "{\"a\":}",
                                  "{\"a\" 1}",
                                  "{a:1}",
                                  "{\"a\":1,}",
                                  "{1:1}",
                                  "]",
                                  "}",
                                  ",",
                                  ":",
                                  ":1",
                                  "1]",
                                  "1:2",
                                  "1,",
                                  "\"\x01\"",
                                  "\x01",
                                  "\"a\" \"b\"",
                                  "[\"a\":1]",
                                  "{\"a\":1]",
                                  "{\"a\":\"b\":1}",
                                  "[[[}]]]"}) {
    for (const std::string field : {"plan", "unused"})
      EXPECT_THAT(reason_of("{\"id\":\"a\",\"" + field + "\":" + value + "}"),
                  StartsWith("it is not valid JSON"))
          << field << " " << value;
  }
  for (const std::string record :
       {R"({"id":"a")", R"({"id":"a",)", R"({"id":"a"}})", R"({"id":"a"}x)", "{", R"({"id":"a"},{"id":"b"})",
        R"({"id":"a"} {"id":"b"})", R"({"id":"a"}{"id":"b"})", R"({"id":"a"}])", R"({"id":"a"},)",
        R"({"id":"a"} null})"})
    EXPECT_THAT(reason_of(record), StartsWith("it is not valid JSON")) << record;
  EXPECT_EQ(reason_of(R"({"id":"a","plan":"mon)"), "it is not valid JSON: a quote is not closed");
  EXPECT_EQ(reason_of(R"({"id":"a","plan":nil})"), "it is not valid JSON: there is a word that is none: nil");
  EXPECT_EQ(reason_of(R"({"id":"a"}{"id":"b"})"),
            "it is not valid JSON: something stands behind its last bracket");
}

TEST_F(JsonDecoderTest, ATruncatedRecordIsNotMendedByTheBytesBehindIt) {
  EXPECT_EQ(decode({R"({"id":"a","tenure":1)", R"(2})", R"({"id":"b","unused":{"a":1})", R"(})",
                    R"({"id":"c","unused":{"a":1})", R"(,"plan":"x"})", R"({"id":"d"})"}),
            "6: d - -");
  EXPECT_EQ(refused.size(), 6u);
}

TEST_F(JsonDecoderTest, WhatIsNoObjectIsRefusedAndABlankIsSkipped) {
  for (const std::string record :
       {"null", "1", "\"text\"", "true", R"([{"id":"a"}])", "id,plan", "\x01", "]"})
    EXPECT_EQ(reason_of(record), "it is no JSON object") << record;
  EXPECT_EQ(decode({"", " ", "\t\r\n", R"({"id":"a"})", "\xEF\xBB\xBF"}), "3: a - -");
  EXPECT_EQ(skipped, (SkipCounts{{"blank", 4}}));
}

TEST_F(JsonDecoderTest, AByteOrderMarkAndLineEndsLeftOnARecordAreNoData) {
  EXPECT_EQ(
      decode({"\xEF\xBB\xBF{\"id\":\"a\"}\r\n", "\xEF\xBB\xBF{\"id\":\"b\"}\r", "\n{\"id\":\n\"c\"}\n\n"}),
      "0: a - -|1: b - -|2: c - -");
}

TEST_F(JsonDecoderTest, BytesThatAreNotUtf8AreRefusedWhereverTheyStand) {
  EXPECT_EQ(reason_of("{\"id\":\"a\",\"plan\":\"\xFF\"}"), "it is not valid UTF-8");
  EXPECT_EQ(reason_of("{\"id\":\"a\",\"\xC3\":1}"), "it is not valid UTF-8");
  EXPECT_EQ(reason_of("{\"id\":\"a\",\"plan\":\"\xFF"), "it is not valid UTF-8");
  EXPECT_EQ(reason_of("\xFF\xFE"), "it is not valid UTF-8");
  const std::string with_nul("{\"id\":\"a\"\0}", 11);
  EXPECT_THAT(reason_of(with_nul), StartsWith("it is not valid JSON"));
  EXPECT_EQ(reason_of(std::string("{\"id\":\"a\0\"}", 11)),
            "it is not valid JSON: a control character stands inside quotes");
  EXPECT_EQ(decode({R"({"id":"a\u0000"})"}), std::string("0: a\0 - -", 9)) << "an escape may";
}

TEST_F(JsonDecoderTest, AUsedFieldThatStandsTwiceRefusesTheRow) {
  EXPECT_EQ(reason_of(R"({"id":"a","tenure":1,"tenure":1})"), "field \"tenure\" stands twice");
  EXPECT_EQ(reason_of(R"({"id":"a","\u0069d":"b"})"), "field \"id\" stands twice");
  EXPECT_EQ(reason_of(R"({"id":"a","Churn":"No","Churn":"Yes"})"), "field \"Churn\" stands twice");
  EXPECT_EQ(decode({R"({"id":"a","unused":1,"unused":2})"}), "0: a - -");
  use(enveloped_settings());
  EXPECT_EQ(reason_of(R"({"payload":{"after":{"id":"a"},"after":{"id":"b"}}})"),
            "field \"payload.after\" stands twice");
}

TEST_F(JsonDecoderTest, NestingIsBounded) {
  const auto nested = [](std::size_t depth) {
    return R"({"id":"a","unused":)" + std::string(depth, '[') + std::string(depth, ']') + "}";
  };
  EXPECT_EQ(decode({nested(63)}), "0: a - -");
  EXPECT_EQ(reason_of(nested(64)), "it is nested deeper than 64 levels");
  EXPECT_EQ(reason_of(nested(1'000'000)), "it is nested deeper than 64 levels");
  std::string objects;
  for (int depth = 0; depth < 100'000; ++depth) objects += "{\"id\":";
  EXPECT_THAT(reason_of(objects), testing::Not(""));
}

TEST_F(JsonDecoderTest, ABadRowIsRefusedWithEverythingThatIsKnownOfIt) {
  flaws = {{1, RecordFlaw::too_long}};
  tombstone = 2;
  EXPECT_EQ(decode({R"({"tenure":"many","id":"a"})", R"({"id":)", "", R"({"id":"b")", R"({"id":"c"})"}, 7),
            "11: c - -");
  EXPECT_EQ(skipped, (SkipCounts{{"tombstone", 1}}));
  ASSERT_EQ(refused.size(), 3u);
  EXPECT_EQ(refused[0].stage, "decode");
  EXPECT_EQ(refused[0].reason, "column \"tenure\" is no number: \"many\"");
  EXPECT_EQ(refused[0].raw, R"({"tenure":"many","id":"a"})");
  EXPECT_EQ(refused[0].key, "a");
  EXPECT_EQ(refused[0].partition, (Partition{"t", 0}));
  EXPECT_EQ(refused[0].offset, Offset{7});
  EXPECT_EQ(refused[0].time_us, 1'007);
  EXPECT_EQ(refused[0].record_key, "the record's key");
  EXPECT_EQ(refused[0].headers, "its headers");
  EXPECT_EQ(refused[1].reason, "it is longer than a record may be");
  EXPECT_EQ(refused[2].key, "");
}

TEST_F(JsonDecoderTest, EventTimesAreRfc3339OrWholeMilliseconds) {
  JsonSettings settings = telco_settings();
  settings.event_time = "at";
  use(settings);
  EXPECT_EQ(decode({R"({"id":"a","at":"1970-01-01T00:00:01Z"})", R"({"id":"b","at":1700000000123})",
                    R"({"id":"c","at":-1})"}),
            "0: a - -|1: b - -|2: c - -");
  EXPECT_EQ(rows.extent().event_times_us,
            (std::vector<EpochMicros>{1'000'000, 1'700'000'000'123'000, -1'000}));
  for (const std::string value : {"\"never\"", "1.5", "1e3", "true", "null", "\"1700000000123\"",
                                  "9223372036854775807", "99999999999999999999"})
    EXPECT_EQ(reason_of(R"({"id":"a","at":)" + value + "}"), "column \"at\" is no time: " + value);
  EXPECT_EQ(reason_of(R"({"id":"a"})"), "column \"at\" is no time: null");
}

TEST_F(JsonDecoderTest, UnderARootTheRowLiesInsideAnEnvelope) {
  use(enveloped_settings());
  EXPECT_EQ(decode({R"({"payload":{"before":{"id":"x"},"after":{"id":"a","plan":"month"},"op":"u"}})",
                    R"({"id":"y","payload":{"id":"z","after":{"id":"b","op":"d"}}})"}),
            "0: a month -|1: b - -");
  EXPECT_EQ(reason_of(R"({"payload":{"op":"t"}})"), "it has no field \"payload.after\"");
  EXPECT_EQ(reason_of(R"({"id":"a"})"), "it has no field \"payload.after\"");
  EXPECT_EQ(reason_of(R"({"payload":{"after":"a"}})"), "field \"payload.after\" is no object: \"a\"");
  EXPECT_EQ(reason_of(R"({"payload":[]})"), "field \"payload\" is no object: an array");
  EXPECT_EQ(reason_of(R"({"payload":{"after":{"plan":"x"}}})"), "it has no key: column \"id\" is blank");
}

TEST_F(JsonDecoderTest, ADeleteIsCountedAndNeverARow) {
  use(enveloped_settings());
  EXPECT_EQ(decode({R"({"payload":{"before":{"id":"a"},"after":null,"op":"d"}})",
                    R"({"payload":{"after":null}})", R"({"schema":null,"payload":null})",
                    R"({"payload":{"op":"d","after":{"id":"a"}}})", R"({"payload":{"op":"d"}})"}),
            "");
  EXPECT_EQ(skipped, (SkipCounts{{"delete", 5}}));
  EXPECT_THAT(reason_of(R"({"payload":{"op":"d","after":null)"), StartsWith("it is not valid JSON"));
  use(telco_settings());
  EXPECT_EQ(decode({R"({"id":"a","op":"d"})"}), "0: a - -") << "without a root nothing is an envelope";
}

TEST_F(JsonDecoderTest, PathsLeadToColumnsThatLieDeeperOrOutsideTheRow) {
  JsonSettings settings = enveloped_settings();
  settings.paths = {{"tenure", "time.months"}, {"Churn", "out.left"}, {"at", "$.payload.ts_ms"}};
  settings.event_time = "at";
  use(settings);
  EXPECT_EQ(
      decode({R"({"payload":{"ts_ms":5,"after":{"id":"a","time":{"months":"3"},"tenure":4,"out":null}}})",
              R"({"payload":{"ts_ms":5,"after":{"id":"b","time":{},"out":{"left":"No"}}}})"}),
      "0: a - 3|1: b - -");
  EXPECT_EQ(decoder->labels(), (std::vector<std::string>{"", "No"}));
  EXPECT_EQ(rows.extent().event_times_us[0], 5'000);
  EXPECT_EQ(reason_of(R"({"payload":{"ts_ms":5,"after":{"id":"a","time":3}}})"),
            "field \"payload.after.time\" is no object: 3");
}

TEST_F(JsonDecoderTest, UnusedFieldsAreNamedOnceAndThoseOfTheEnvelopeNever) {
  use(enveloped_settings());
  testing::internal::CaptureStderr();
  decode({R"({"payload":{"source":{"db":"crm"},"after":{"id":"a"}}})",
          R"({"payload":{"after":{"id":"a","region":"n","age":[1]}}})",
          R"({"payload":{"after":{"id":"a","new":1}}})"});
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("These fields of the stream are not used: region, age."));
  EXPECT_THAT(said, testing::Not(HasSubstr("source")));
  EXPECT_THAT(said, testing::Not(HasSubstr("new")));
}

TEST_F(JsonDecoderTest, NamesFromOutsideNeitherFillNorForgeTheLog) {
  std::string record = R"({"id":"a","line\n2":1,"twice":1,"twice":2)";
  for (int field = 0; field < 1'000; ++field) record += fmt::format(",\"n{}\":1", field);
  testing::internal::CaptureStderr();
  EXPECT_EQ(decode({record + "}"}), "0: a - -");
  const std::string said = testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("not used: line?2, twice, n0, "));
  EXPECT_THAT(said, HasSubstr("n47."));
}

TEST_F(JsonDecoderTest, SettingsThatDoNotFitTogetherAreWrong) {
  const auto problem_of = [](JsonSettings settings) {
    const auto made = make_json_decoder(std::move(settings));
    if (made) return std::string();
    EXPECT_EQ(made.error().kind, ErrorKind::wrong);
    return made.error().message;
  };
  JsonSettings settings = telco_settings();
  settings.key = "nobody";
  EXPECT_THAT(problem_of(settings), HasSubstr("none of the columns"));
  settings = telco_settings();
  settings.paths = {{"tenur", "a.b"}};
  EXPECT_THAT(problem_of(settings), HasSubstr("a path for \"tenur\""));
  settings.paths = {{"tenure", "a..b"}};
  EXPECT_THAT(problem_of(settings), HasSubstr("a name in it is empty"));
  settings.paths = {{"tenure", "plan.tenure"}};
  EXPECT_THAT(problem_of(settings),
              HasSubstr("column \"plan\" lies at \"plan\", and other columns inside it"));
  settings = enveloped_settings();
  settings.paths = {{"plan", "$.payload"}};
  EXPECT_THAT(problem_of(settings), HasSubstr("column \"plan\" lies at \"payload\""));
  settings.paths = {{"plan", "$.payload.op"}};
  EXPECT_EQ(problem_of(settings), "") << "what was done may be a column too";
}

// --- Two ways, one answer ---

// What another parser says of a record: whether it is JSON at all, and an object.
std::string the_other_parser(const std::string& record) {
  const auto value = nlohmann::json::parse(record, nullptr, false);
  if (value.is_discarded()) return "invalid";
  return value.is_object() ? "object" : "another";
}

TEST_F(JsonDecoderTest, AnotherParserTakesAndRefusesTheSameRecords) {
  std::mt19937 random(7);
  const std::vector<std::string> pieces{
      "{", "}",  "[",  "]",  ",",       ":",       "\"",      "\"a\"",    "\"b\"", "1",
      "0", "-",  ".5", "e3", "true",    "null",    " ",       "\\",       "\\u00", "\"id\"",
      "d", "\n", "{}", "[]", ",\"c\":", "\\ud83d", "\\ude00", "\xC3\xA9", "\xC3"};
  int objects = 0, invalid = 0;
  for (int round = 0; round < 60'000; ++round) {
    std::string record = R"({"id":"k","a":[1,{"b":"\u0041x"}],"c":{"d":-1.5e3},"e":true})";
    for (std::size_t edits = random() % 4; edits > 0; --edits) {
      const std::size_t place = random() % record.size();
      record.replace(place, random() % 3, pieces[random() % pieces.size()]);
    }
    if (record.starts_with("\xEF\xBB\xBF")) continue;
    const std::string other = the_other_parser(record);
    const std::string reason = reason_of(record);
    const bool is_refused_as_such = reason.starts_with("it is not valid") || reason == "it is no JSON object";
    ASSERT_EQ(is_refused_as_such, other != "object") << record << "\n" << reason;
    objects += other == "object" ? 1 : 0;
    invalid += other == "invalid" ? 1 : 0;
  }
  EXPECT_GT(objects, 5'000);
  EXPECT_GT(invalid, 5'000);
}

// A random customer, written in both formats.
struct TwoForms {
  std::string csv, json;
};

TwoForms random_customer(std::mt19937& random) {
  const std::vector<std::string> texts{"month", "a,b", "say \"hi\"", "caf\xC3\xA9", "\\",
                                       "0",     "",    " x ",        "two\nlines"};
  const std::vector<std::string> numbers{"1", "29.85", "-0.5", "1e3",          "",
                                         " ", "many",  "0.1",  "123456789.123"};
  const std::string id = std::to_string(random() % 10'000);
  const std::string plan = texts[random() % texts.size()], tenure = numbers[random() % numbers.size()];
  const auto in_csv = [](const std::string& text) {
    std::string out = "\"";
    for (const char c : text) out += c == '"' ? "\"\"" : std::string(1, c);
    return out + '"';
  };
  const bool has_plan = random() % 5 != 0;
  std::vector<std::string> fields;
  const auto add = [&](const char* name, const std::string& text, bool bare) {
    std::string field = fmt::format("\"{}\": ", name);
    if (bare)
      field += text;
    else
      append_json_text(field, text);
    fields.push_back(field);
  };
  add("id", id, random() % 2 == 0);
  if (has_plan)
    add("plan", plan, plan == "0" && random() % 2 == 0);
  else if (random() % 2 == 0)
    add("plan", "null", true);
  const bool is_blank = tenure.find_first_not_of(' ') == std::string::npos;
  if (!is_blank || random() % 2 == 0)
    add("tenure", tenure, tenure != "many" && !is_blank && random() % 2 == 0);
  add("Churn", "No", false);
  std::shuffle(fields.begin(), fields.end(), random);
  return {fmt::format("{},{},{},No", id, has_plan ? in_csv(plan) : "", tenure),
          fmt::format("{{{}}}", fmt::join(fields, ", "))};
}

TEST_F(JsonDecoderTest, TheSameCustomersAsCsvDecodeToTheSameRows) {
  CsvSettings csv;
  csv.columns = telco_settings().columns;
  csv.key = "id";
  csv.label = "Churn";
  csv.order = {"id", "plan", "tenure", "Churn"};
  const auto csv_decoder = *make_csv_decoder(std::move(csv));
  std::mt19937 random(5);
  std::size_t good = 0, bad = 0;
  for (int round = 0; round < 200; ++round) {
    RawBatch raw;
    std::vector<std::string> lines, records;
    for (std::size_t count = 1 + random() % 30; count > 0; --count) {
      const TwoForms customer = random_customer(random);
      lines.push_back(customer.csv);
      records.push_back(customer.json);
    }
    for (std::size_t i = 0; i < lines.size(); ++i) {
      RawRecord record;
      record.bytes = lines[i];
      record.offset = Offset{static_cast<std::int64_t>(i)};
      raw.records.push_back(record);
    }
    RecordBatch csv_rows;
    std::vector<RefusedRow> csv_refused;
    csv_decoder->decode(raw, csv_rows, csv_refused, skipped);
    ASSERT_EQ(decode(records), as_text(csv_rows));
    ASSERT_EQ(decoder->labels(), csv_decoder->labels());
    ASSERT_EQ(refused.size(), csv_refused.size());
    for (std::size_t i = 0; i < refused.size(); ++i) ASSERT_EQ(refused[i].reason, csv_refused[i].reason);
    for (std::size_t row = 0; row < rows.num_rows(); ++row)
      for (std::size_t column = 0; column < 3; ++column)
        ASSERT_EQ(rows.column(column).is_missing(row), csv_rows.column(column).is_missing(row));
    good += rows.num_rows();
    bad += refused.size();
  }
  EXPECT_GT(good, 1'000u);
  EXPECT_GT(bad, 100u);
}

}  // namespace
}  // namespace churnstream
