#include "command/pipeline_build.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "command/run_plan.h"
#include "command/stream_decoder.h"
#include "sink/outcome_record.h"
#include "testing/two_trees.h"

namespace churnstream {
namespace {

using testing::HasSubstr;

const std::string kSource = "[source]\ntype = \"file\"\npath = \"in.csv\"\n";
const std::string kModel = "[model]\npath = \"model\"\n";
const std::string kSink = "[[sink]]\ntype = \"console\"\n";

Result<PipelineFile> parse(const std::string& text) { return parse_pipeline_file(text, "run.toml", "/data"); }

std::string problem_of(const std::string& text) {
  const auto file = parse(text);
  if (file) return "";
  EXPECT_EQ(file.error().kind, ErrorKind::wrong);
  return file.error().message;
}

TEST(PipelineFile, WhatIsLeftOutHasADefault) {
  const auto file = parse(kSource + kModel + kSink);
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_EQ(file->model, "/data/model");
  EXPECT_EQ(file->refused.path("path"), "/data/refused.jsonl");
  EXPECT_EQ(file->run.path("state_dir"), "/data/state");
  EXPECT_EQ(file->threshold, 0.5);
  EXPECT_EQ(file->sinks.front().name, "console");
  EXPECT_TRUE(file->sinks.front().required);
  EXPECT_FALSE(file->page);
}

TEST(PipelineFile, WhatThisVersionDoesNotHaveIsRefusedAndNeverIgnored) {
  EXPECT_THAT(problem_of("[source]\ntype = \"generator\"\n" + kModel + kSink),
              HasSubstr("not built in this version"));
}

TEST(PipelineFile, OutcomesAreAskedOfTheSinksThatCanHoldThemAndRefusedWhereNoneCan) {
  if (find_sink_kind("sqlite") == nullptr) GTEST_SKIP() << "SQLite is not built";
  const std::string store = "[[sink]]\ntype = \"sqlite\"\npath = \"churn.db\"\n";
  const std::string outcomes = "[outcomes]\nfrom = \"column\"\n";
  EXPECT_FALSE(keeps_outcomes(parse(kSource + kModel + kSink + store)->sinks[1].config))
      << "off unless asked";
  const auto file = parse(kSource + kModel + kSink + store + outcomes + "delay = \"30d\"\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_FALSE(keeps_outcomes(file->sinks[0].config));
  EXPECT_TRUE(keeps_outcomes(file->sinks[1].config));
  EXPECT_EQ(file->outcomes->duration("delay"), std::chrono::hours(720));
  EXPECT_THAT(problem_of(kSource + kModel + kSink + outcomes), HasSubstr("these can: sqlite"));
  if (find_source_kind("kafka") == nullptr) {
    EXPECT_THAT(problem_of(kSource + kModel + store + "[outcomes]\nfrom = \"topic\"\ntopic = \"left\"\n"),
                HasSubstr("outcomes from a topic are not built"));
  }
  EXPECT_THAT(problem_of(kSource + kModel + store + "[outcomes]\nfrom = \"label\"\n"),
              HasSubstr("no outcomes from \"label\""));
  EXPECT_THAT(problem_of(kSource + kModel + store + "[outcomes]\n"), HasSubstr("from"));
  const std::string old = "retention = { churn_outcomes = \"90d\" }\n";
  const auto is_made = [&](const std::string& text) {
    const auto read = parse(text);
    return read && read->sinks[0].kind->make(read->sinks[0].config).has_value();
  };
  EXPECT_FALSE(is_made(kSource + kModel + store + old)) << "a table that is not kept has no age";
  EXPECT_TRUE(is_made(kSource + kModel + store + old + outcomes));
}

TEST(PipelineFile, ATopicOfOutcomesLiesWhereTheSourceDoesUnlessItSaysOtherwise) {
  if (find_sink_kind("sqlite") == nullptr || find_source_kind("kafka") == nullptr)
    GTEST_SKIP() << "SQLite or Kafka is not built";
  const std::string rest = kModel + "[[sink]]\ntype = \"sqlite\"\npath = \"churn.db\"\n";
  const std::string kafka =
      "[source]\ntype = \"kafka\"\ntopic = \"churn\"\ngroup = \"us\"\nbrokers = \"here:9092\"\n"
      "[source.kafka]\n\"security.protocol\" = \"SSL\"\n";
  const std::string topic = "[outcomes]\nfrom = \"topic\"\ntopic = \"left\"\n";
  const auto same = parse(kafka + rest + topic);
  ASSERT_TRUE(same) << same.error().message;
  EXPECT_EQ(same->outcomes->text("brokers"), "here:9092");
  EXPECT_EQ(same->outcomes->passed_on().at("security.protocol"), "SSL");
  EXPECT_EQ(same->outcomes->text("group"), "us.outcomes");
  EXPECT_TRUE(keeps_outcomes(same->sinks[0].config));
  const auto other = parse(kafka + rest + topic + "brokers = \"there:9092\"\ngroup = \"them\"\n");
  ASSERT_TRUE(other) << other.error().message;
  EXPECT_EQ(other->outcomes->text("brokers"), "there:9092");
  EXPECT_TRUE(other->outcomes->passed_on().empty()) << "another cluster, other properties";
  EXPECT_EQ(other->outcomes->text("group"), "them");
  const auto of_file = parse(kSource + rest + topic + "brokers = \"there:9092\"\n");
  ASSERT_TRUE(of_file) << of_file.error().message;
  EXPECT_EQ(of_file->outcomes->text("group"), "churnstream.outcomes");

  EXPECT_THAT(problem_of(kSource + rest + topic), HasSubstr("say brokers"));
  EXPECT_THAT(problem_of(kafka + rest + "[outcomes]\nfrom = \"topic\"\n"), HasSubstr("say which topic"));
  EXPECT_THAT(problem_of(kafka + rest + topic + "format = \"avro\"\n"), HasSubstr("avro"));
  EXPECT_THAT(problem_of(kafka + rest + "[outcomes]\nfrom = \"file\"\ntopic = \"left\"\n"),
              HasSubstr("this goes with from = \"topic\""));
}

TEST(PipelineFile, MistakesPointAtTheirLine) {
  EXPECT_THAT(problem_of(kSource + kModel + "[[sink]]\ntype = \"consol\"\n"), HasSubstr("run.toml:7"));
  EXPECT_THAT(problem_of(kSource + kModel + kSink + "[run]\nbatch_row = 1\n"),
              HasSubstr("did you mean \"batch_rows\""));
  EXPECT_THAT(problem_of(kSource + kModel + kSink + "[score]\nthreshold = 2\n"), HasSubstr("run.toml:9"));
  EXPECT_THAT(problem_of(kSource + kModel + kSink + kSink), HasSubstr("two sinks are named \"console\""));
  EXPECT_THAT(problem_of(kSource + kModel + kSink + "required = false\n"), HasSubstr("no sink is required"));
  EXPECT_THAT(problem_of(kSource + kModel), HasSubstr("there is no [[sink]]"));
  EXPECT_THAT(problem_of(kSource + kModel + kSink + "[score]\nband_medium = 0.6\n"), HasSubstr("band"));
}

TEST(PipelineFile, TheThresholdMayBeTheWordProfit) {
  const auto file = parse(kSource + kModel + kSink + "[score]\nthreshold = \"profit\"\n");
  ASSERT_TRUE(file) << file.error().message;
  EXPECT_FALSE(file->threshold);
  const auto model = *make_two_trees(HandleInvalid::keep);
  const auto terms = *score_terms(*file, *model, *customer_columns(*file, *model)->raw, "customer");
  EXPECT_DOUBLE_EQ(terms->threshold, 11.0 / 67);
  EXPECT_EQ(terms->positive_class, 1u);
}

TEST(PipelineFile, TheModelKnowsTheColumnsAndTheFileMayOverrule) {
  const auto model = *make_two_trees(HandleInvalid::keep);
  const auto plain = *customer_columns(*parse(kSource + kModel + kSink), *model);
  EXPECT_EQ(*plain.raw, model->notes()->raw);
  EXPECT_EQ(plain.key, "customer");
  EXPECT_EQ(plain.label, "left");
  const auto chosen = *customer_columns(
      *parse(kSource + kModel + kSink + "[decode]\ncolumns = [\"tenure\", \"left\", \"customer\"]\n"),
      *model);
  EXPECT_EQ(*chosen.raw, *Schema::make({{"tenure", ColumnType::number}, {"customer", ColumnType::text}}));
}

TEST(PipelineFile, TheValueIsOneOfTheCustomersNumbers) {
  const auto model = *make_two_trees(HandleInvalid::keep);
  for (const auto& [column, problem] :
       {std::pair{"contract", "holds text"}, std::pair{"money", "no such column"}}) {
    const auto file = *parse(kSource + kModel + kSink + "[score]\nvalue = \"" + column + "\"\n");
    const auto terms = score_terms(file, *model, model->notes()->raw, "customer");
    ASSERT_FALSE(terms);
    EXPECT_THAT(terms.error().message, HasSubstr(problem));
  }
}

TEST(PipelineFile, TheFormatChoosesTheOptionsOfDecodeAndTheFramingOfTheSource) {
  const std::string most = kSource + kModel + kSink + "[decode]\n";
  EXPECT_EQ(parse(most)->decode.text("format"), "csv");
  EXPECT_EQ(parse(most)->source.text("framing"), "csv");
  const auto json =
      parse(most + "format = \"json\"\nroot = \"payload.after\"\npaths = { tenure = \"a.b\" }\n");
  ASSERT_TRUE(json) << json.error().message;
  EXPECT_EQ(json->source.text("framing"), "lines");
  EXPECT_EQ(json->decode.text_table("paths").at("tenure"), "a.b");
  const auto plan = explain_plan(*json, *make_two_trees(HandleInvalid::keep));
  ASSERT_TRUE(plan) << plan.error().message;
  EXPECT_THAT(*plan, HasSubstr("Decodes json under payload.after; the customer's columns are customer,"));
  EXPECT_THAT(problem_of(most + "root = \"payload.after\"\n"),
              HasSubstr("run.toml:9: unknown option \"root\""));
  EXPECT_THAT(
      problem_of(most + "format = \"jsno\"\nroot = \"a\"\n"),
      HasSubstr("run.toml:9: \"format\" cannot be \"jsno\"; did you mean \"json\"? (one of: csv, json)"));
  EXPECT_THAT(problem_of(most + "format = 5\n"),
              HasSubstr("run.toml:9: \"format\" must be a text in quotes"));
}

TEST(PipelineFile, TheStoreThatAPageReadsIsIndexedByCustomerUnlessItSaysOtherwise) {
  const std::string stores =
      "[[sink]]\ntype = \"file\"\npath = \"scored.jsonl\"\n[[sink]]\ntype = \"sqlite\"\npath = \"a.db\"\n";
  const std::string most = kSource + kModel + stores;
  const auto asked = [](const std::string& text) {
    const auto file = parse(text);
    EXPECT_TRUE(file) << (file ? "" : file.error().message);
    return file && file->sinks[1].config.has("customer_index") &&
           file->sinks[1].config.flag("customer_index");
  };
  EXPECT_FALSE(asked(most));
  EXPECT_TRUE(asked(most + "[page]\n"));
  EXPECT_FALSE(asked(most + "customer_index = false\n[page]\n"));
  EXPECT_TRUE(asked(most + "customer_index = true\n"));
}

TEST(PipelineFile, APathThatFitsNoColumnIsPointedAt) {
  const auto model = *make_two_trees(HandleInvalid::keep);
  const auto decoder_of = [&](const std::string& decode) {
    const auto file = parse(kSource + kModel + kSink + "[decode]\nformat = \"json\"\n" + decode);
    return file ? make_stream_decoder(*file, *customer_columns(*file, *model)) : tl::unexpected(file.error());
  };
  EXPECT_TRUE(decoder_of("paths = { tenure = \"a.b\", left = \"$.c\" }\n"));
  const auto unknown = decoder_of("root = \"after\"\npaths = { tenur = \"a.b\" }\n");
  ASSERT_FALSE(unknown);
  EXPECT_EQ(unknown.error().kind, ErrorKind::wrong);
  EXPECT_THAT(unknown.error().message, HasSubstr("run.toml:11"));
  EXPECT_THAT(unknown.error().message, HasSubstr("a path for \"tenur\""));
  EXPECT_THAT(decoder_of("root = \"a..b\"\n").error().message, HasSubstr("run.toml:10"));
}

}  // namespace
}  // namespace churnstream
