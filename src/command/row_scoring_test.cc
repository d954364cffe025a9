#include "command/row_scoring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

#include "feature/feature_plan.h"
#include "testing/two_trees.h"

namespace churnstream {
namespace {

using Json = nlohmann::json;
using testing::HasSubstr;

constexpr const char* kPipeline = R"(
[source]
type = "file"
path = "customers.csv"
[model]
path = "model"
[score]
value = "charges"
[[sink]]
type = "console"
[refused]
type = "file"
path = "refused.jsonl"
)";

class RowScoringTest : public testing::Test {
 protected:
  void SetUp() override { open(kPipeline); }

  void open(const std::string& pipeline, std::size_t rows_max = kRequestRowsMax) {
    const Result<PipelineFile> file = parse_pipeline_file(pipeline, "pipeline.toml", "/nowhere");
    ASSERT_TRUE(file) << file.error().message;
    model_ = *make_two_trees(HandleInvalid::error);
    const CustomerColumns customer = *customer_columns(*file, *model_);
    terms_ = std::make_shared<CurrentTerms>(*score_terms(*file, *model_, *customer.raw, customer.key));
    Result<std::unique_ptr<RowScorer>> made =
        make_row_scorer(*file, {model_, make_fast_scorer(model_->predictor()), terms_, rows_max});
    ASSERT_TRUE(made) << made.error().message;
    scorer_ = *std::move(made);
  }

  // "status text" of an answer that is none, else its JSON.
  std::string answer(RowsFormat format, std::string_view body) {
    RowsAnswer answer;
    scorer_->score(format, body, answer);
    return answer.status == 200 ? answer.text : std::to_string(answer.status) + " " + answer.text;
  }
  // "customer probability" of each row, or "customer refused".
  std::string summary(RowsFormat format, std::string_view body) {
    const std::string text = answer(format, body);
    const Json rows = Json::parse(text, nullptr, false);
    if (!rows.is_array()) return text;
    std::string out;
    for (const Json& row : rows)
      out += (out.empty() ? "" : ", ") +
             (row["customer_id"].is_null() ? "nobody" : row["customer_id"].get<std::string>()) + " " +
             (row.contains("refused") ? "refused" : row["probability"].dump());
    return out;
  }

  std::shared_ptr<const PipelineModel> model_;
  std::shared_ptr<CurrentTerms> terms_;
  std::unique_ptr<RowScorer> scorer_;
};

TEST_F(RowScoringTest, AnObjectIsAnsweredWithTheScoredRecordsOwnColumns) {
  EXPECT_EQ(answer(RowsFormat::json, R"({"customer":"7590","contract":"month","tenure":1,"charges":20})"),
            R"({"customer_id":"7590","probability":0.75,"prediction":"Yes","flagged":true,)"
            R"("risk_band":"high","expected_loss":15,"model":")" +
                model_->fingerprint() + "\"}");
}

TEST_F(RowScoringTest, AllFormatsGiveTheSameAnswersInTheOrderOfTheRows) {
  const std::string expected = "a 0.75, b 0.375, c 0.125";
  EXPECT_EQ(summary(RowsFormat::json,
                    R"([{"customer":"a","contract":"month","tenure":1},
                        {"tenure":3,"contract":"year","customer":"b"},
                        {"customer":"c","contract":"year","tenure":"40","left":"Yes"}])"),
            expected);
  EXPECT_EQ(summary(RowsFormat::json_lines,
                    "{\"customer\":\"a\",\"contract\":\"month\",\"tenure\":1}\n\n"
                    "{\"customer\":\"b\",\"contract\":\"year\",\"tenure\":3}\r\n"
                    "{\"customer\":\"c\",\"contract\":\"year\",\"tenure\":40}"),
            expected);
  EXPECT_EQ(summary(RowsFormat::csv, "a,month,1,20\nb,year,3,20\n\nc,year,40,\n"), expected);
}

TEST_F(RowScoringTest, AHeaderLineOfOneRequestSaysNothingOfTheNext) {
  EXPECT_EQ(summary(RowsFormat::csv, "contract,charges,customer,tenure\nmonth,20,a,1\n"), "a 0.75");
  EXPECT_EQ(summary(RowsFormat::csv, "a,month,1,20\n"), "a 0.75");
}

TEST_F(RowScoringTest, ARowThatCannotBeScoredIsRefusedInItsPlace) {
  EXPECT_EQ(summary(RowsFormat::json,
                    R"([{"customer":"a","contract":"month","tenure":1},7,
                        {"customer":"b","contract":"never seen","tenure":1},
                        {"customer":"c","contract":"year","tenure":"x"},
                        {"contract":"year","tenure":1},
                        {"customer":"d","contract":"year","tenure":40}])"),
            "a 0.75, nobody refused, b refused, c refused, nobody refused, d 0.125");
  EXPECT_EQ(summary(RowsFormat::csv, "a,month,1,20\nb,month\nc,year,40,20\n"),
            "a 0.75, nobody refused, c 0.125");
}

TEST_F(RowScoringTest, TheOneRowThatIsRefusedIsAProblem) {
  EXPECT_THAT(answer(RowsFormat::json, R"({"customer":"a","contract":"never seen","tenure":1})"),
              HasSubstr("422 "));
  EXPECT_THAT(answer(RowsFormat::json, R"({"customer":"a")"), HasSubstr("422 "));
  EXPECT_THAT(answer(RowsFormat::json, R"({"contract":"month","tenure":1})"), HasSubstr("customer"));
}

TEST_F(RowScoringTest, BodiesThatAreNoRowsAtAllAreSaidSo) {
  EXPECT_THAT(answer(RowsFormat::json, "7"), HasSubstr("400 "));
  EXPECT_THAT(answer(RowsFormat::json, "[{}"), HasSubstr("400 "));
  EXPECT_EQ(answer(RowsFormat::json, "[]"), "[]");
  EXPECT_EQ(answer(RowsFormat::csv, ""), "[]");
  EXPECT_EQ(answer(RowsFormat::json_lines, "\n\n"), "[]");
}

TEST_F(RowScoringTest, TooManyRowsAreRefusedAsAWhole) {
  open(kPipeline, 2);
  EXPECT_EQ(summary(RowsFormat::csv, "customer,contract,tenure,charges\na,month,1,2\nb,year,3,4\n"),
            "a 0.75, b 0.375");
  EXPECT_EQ(
      answer(RowsFormat::csv, "customer,contract,tenure,charges\na,month,1,2\nb,year,3,4\nc,year,3,4\n"),
      "413 a request has at most 2 rows");
  EXPECT_EQ(answer(RowsFormat::json, "[{},{},{}]"), "413 a request has at most 2 rows");
  EXPECT_EQ(answer(RowsFormat::json_lines, "{}\n{}\n{}\n"), "413 a request has at most 2 rows");
}

TEST_F(RowScoringTest, TermsThatWereTakenAnewCountFromTheNextRequest) {
  const std::string row = R"({"customer":"a","contract":"year","tenure":1,"charges":20})";
  EXPECT_EQ(Json::parse(answer(RowsFormat::json, row))["flagged"], false);
  ScoreTerms terms = *terms_->get();
  terms.threshold = 0.3;
  terms_->set(std::make_shared<const ScoreTerms>(terms));
  EXPECT_EQ(Json::parse(answer(RowsFormat::json, row))["flagged"], true);
}

TEST_F(RowScoringTest, AnEnvelopeOfTheStreamIsOneOfTheRequestToo) {
  std::string pipeline = kPipeline;
  open(pipeline + "[decode]\nformat = \"json\"\nroot = \"after\"\n");
  EXPECT_EQ(summary(RowsFormat::json,
                    R"([{"after":{"customer":"a","contract":"month","tenure":1}},{"op":"d","after":null}])"),
            "a 0.75, nobody refused");
}

// Two ways, one answer: a stranger to everything between decoder and answer scores the same rows.
TEST_F(RowScoringTest, EveryBitIsThatOfTheReferenceScorer) {
  std::string csv;
  RecordBatch rows(std::make_shared<const Schema>(two_trees::notes().raw));
  for (int number = 0; number < 500; ++number) {
    const std::string id = "c" + std::to_string(number), contract = number % 3 == 0 ? "month" : "year";
    csv += id + "," + contract + "," + std::to_string(number % 73) + ",1\n";
    rows.column(0).add_text(id);
    rows.column(1).add_text(contract);
    rows.column(2).add_number(number % 73);
    rows.column(3).add_number(1);
    rows.extent().offsets.push_back(Offset{number});
    rows.extent().event_times_us.push_back(0);
  }
  const FeaturePlan plan(model_->stages(), model_->features_column(), model_->predictor().num_features);
  FeatureMatrix features;
  FeatureScratch scratch;
  ASSERT_TRUE(plan.transform(rows, features, scratch));
  Scores scores;
  ScoreScratch score_scratch;
  make_reference_scorer(model_->predictor())->score(features, scores, score_scratch);
  const Json answers = Json::parse(answer(RowsFormat::csv, csv));
  ASSERT_EQ(answers.size(), 500u);
  for (std::size_t row = 0; row < 500; ++row)
    EXPECT_EQ(answers[row]["probability"].get<double>(), scores.probabilities[2 * row + 1]) << row;
}

}  // namespace
}  // namespace churnstream
