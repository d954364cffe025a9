#include "feature/string_indexer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace churnstream {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

constexpr const char* kMissing = "(missing)";

RecordBatch texts(const std::string& name, const std::vector<std::string>& values) {
  RecordBatch rows(std::make_shared<const Schema>(*Schema::make({{name, ColumnType::text}})));
  for (const std::string& value : values) {
    if (value == kMissing)
      rows.column(0).add_missing();
    else
      rows.column(0).add_text(value);
    rows.extent().offsets.push_back(Offset{0});
    rows.extent().event_times_us.push_back(0);
  }
  return rows;
}

RecordBatch numbers(const std::string& name, const std::vector<double>& values) {
  RecordBatch rows(std::make_shared<const Schema>(*Schema::make({{name, ColumnType::number}})));
  for (const double value : values) {
    rows.column(0).add_number(value);
    rows.extent().offsets.push_back(Offset{0});
    rows.extent().event_times_us.push_back(0);
  }
  return rows;
}

std::shared_ptr<const StringIndexerModel> fitted(const RecordBatch& rows, StringOrder order,
                                                 HandleInvalid handle_invalid = HandleInvalid::error) {
  Frame frame;
  frame.reset(rows);
  const std::string name = rows.schema()[0].name;
  auto model = fit_string_indexer(
      frame, {.columns = {{name}, {name + "_index"}}, .handle_invalid = handle_invalid, .order = order});
  EXPECT_TRUE(model) << model.error().message;
  return *model;
}

const RecordBatch kPlans = texts("plan", {"b", "a", "c", "b", "c", "", "d", kMissing, "é"});

TEST(StringIndexer, MoreFrequentLabelsComeFirstAndEqualOnesByText) {
  EXPECT_THAT(fitted(kPlans, StringOrder::frequency_desc)->labels(0),
              ElementsAre("b", "c", "", "a", "d", "é"));
}

TEST(StringIndexer, RarerLabelsComeFirstAndEqualOnesByText) {
  EXPECT_THAT(fitted(kPlans, StringOrder::frequency_asc)->labels(0),
              ElementsAre("", "a", "d", "é", "b", "c"));
}

TEST(StringIndexer, TheAlphabetRunsBothWays) {
  EXPECT_THAT(fitted(kPlans, StringOrder::alphabet_asc)->labels(0), ElementsAre("", "a", "b", "c", "d", "é"));
  EXPECT_THAT(fitted(kPlans, StringOrder::alphabet_desc)->labels(0),
              ElementsAre("é", "d", "c", "b", "a", ""));
}

TEST(StringIndexer, RefusesARowWithAnUnseenOrMissingValueAndSaysWhich) {
  const auto model = fitted(texts("plan", {"a", "b"}), StringOrder::alphabet_asc);
  const RecordBatch rows = texts("plan", {"b", "gold\n", kMissing});
  Frame frame;
  frame.reset(rows);
  ASSERT_TRUE(model->transform(frame));
  EXPECT_EQ(frame.made_column("plan_index")->values[0], 1);
  EXPECT_EQ(frame.state(0), RowState::good);
  EXPECT_EQ(frame.state(1), RowState::refused);
  EXPECT_EQ(frame.reason(1), "column \"plan\" holds \"gold?\", which the model has never seen");
  EXPECT_EQ(frame.reason(2), "column \"plan\" has no value");
}

TEST(StringIndexer, SkipDropsTheRowAndKeepGivesItAPlaceOfItsOwn) {
  const RecordBatch seen = texts("plan", {"a", "b"});
  const RecordBatch rows = texts("plan", {"gold", kMissing, "a"});
  Frame frame;
  frame.reset(rows);
  ASSERT_TRUE(fitted(seen, StringOrder::alphabet_asc, HandleInvalid::skip)->transform(frame));
  EXPECT_EQ(frame.state(0), RowState::dropped);
  EXPECT_EQ(frame.state(1), RowState::dropped);
  EXPECT_EQ(frame.state(2), RowState::good);

  frame.reset(rows);
  ASSERT_TRUE(fitted(seen, StringOrder::alphabet_asc, HandleInvalid::keep)->transform(frame));
  EXPECT_TRUE(frame.all_good());
  EXPECT_THAT(frame.made_column("plan_index")->values, ElementsAre(2, 2, 0));
}

TEST(StringIndexer, TellsTreesHowManyCategoriesThereAre) {
  Frame frame;
  const RecordBatch seen = texts("plan", {"a", "b"});
  frame.reset(seen);
  ASSERT_TRUE(fitted(seen, StringOrder::alphabet_asc)->transform(frame));
  EXPECT_EQ(frame.made_column("plan_index")->attributes[0].arity, 2u);
  frame.reset(seen);
  ASSERT_TRUE(fitted(seen, StringOrder::alphabet_asc, HandleInvalid::keep)->transform(frame));
  const Attribute& attribute = frame.made_column("plan_index")->attributes[0];
  EXPECT_EQ(attribute.arity, 3u);
  EXPECT_THAT(attribute.labels, ElementsAre("a", "b", "__unknown"));
}

TEST(StringIndexer, AMissingInputColumnIsSkippedWhenScoringButNotWhenFitting) {
  const auto label_indexer = fitted(texts("Churn", {"No", "No", "Yes"}), StringOrder::frequency_desc);
  const RecordBatch rows = texts("plan", {"a"});
  Frame frame;
  frame.reset(rows);
  EXPECT_TRUE(label_indexer->transform(frame));
  EXPECT_EQ(frame.made_column("Churn_index"), nullptr);
  const auto outcome = fit_string_indexer(frame, {.columns = {{"Churn"}, {"label"}}});
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().message, HasSubstr("no column \"Churn\""));
}

TEST(StringIndexer, ManyLabelsAreFoundAsFewAre) {
  std::vector<std::string> cities;
  for (int city = 0; city < 300; ++city) cities.push_back("city " + std::to_string(city));
  const RecordBatch rows = texts("city", cities);
  const auto model = fitted(rows, StringOrder::alphabet_asc);
  Frame frame;
  frame.reset(rows);
  ASSERT_TRUE(model->transform(frame));
  const auto& labels = model->labels(0);
  for (std::size_t row = 0; row < cities.size(); ++row)
    EXPECT_EQ(labels[static_cast<std::size_t>(frame.made_column("city_index")->values[row])], cities[row]);
}

TEST(StringIndexer, ANumberIsACategoryByTheTextThatSparkMakesOfIt) {
  const auto model = fitted(numbers("senior", {0, 1, 0, 2.5, NAN}), StringOrder::frequency_desc);
  EXPECT_THAT(model->labels(0), ElementsAre("0", "1", "2.5"));
  const LabelIndex as_spark_doubles({"1.0", "0.0"});
  EXPECT_EQ(as_spark_doubles.find(0.0), 1);
  EXPECT_EQ(as_spark_doubles.find(NAN), -1);
}

TEST(StringIndexer, WritesNumbersAsJavaDoes) {
  EXPECT_EQ(java_text_of(0.001), "0.001");
  EXPECT_EQ(java_text_of(0.0001), "1.0E-4");
  EXPECT_EQ(java_text_of(1e10), "1.0E10");
  EXPECT_EQ(java_text_of(9999999), "9999999.0");
  EXPECT_EQ(java_text_of(-12345678.5), "-1.23456785E7");
  EXPECT_EQ(java_text_of(-0.0), "-0.0");
  EXPECT_EQ(java_text_of(NAN), "NaN");
}

TEST(StringIndexer, RefusesLabelsThatDoNotFitItsParams) {
  ParamMaps params;
  params.set = {{"inputCols", {"a", "b"}}, {"outputCols", {"x", "y"}}};
  EXPECT_THAT(StringIndexerModel::make("u", params, {{"p"}}).error().message, HasSubstr("labels for 1"));
  EXPECT_THAT(StringIndexerModel::make("u", params, {{"p"}, {"q", "q"}}).error().message,
              HasSubstr("comes twice"));
  params.set["handleInvalid"] = "perhaps";
  EXPECT_THAT(StringIndexerModel::make("u", params, {{"p"}, {"q"}}).error().message, HasSubstr("perhaps"));
  params.set["handleInvalid"] = 3;
  EXPECT_THAT(StringIndexerModel::make("u", params, {{"p"}, {"q"}}).error().message,
              HasSubstr("\"handleInvalid\" is not text"));
  params.set = {{"inputCols", {"a", "b"}}, {"outputCols", {"x"}}};
  EXPECT_THAT(StringIndexerModel::make("u", params, {{"p"}, {"q"}}).error().message,
              HasSubstr("inputCols names 2"));
}

TEST(StringIndexer, TheFingerprintKnowsLabelsAndParamsButNotTheUid) {
  const auto hash_of = [](const std::string& uid, const std::string& way,
                          const std::vector<std::string>& labels) {
    ParamMaps params;
    params.set = {{"inputCol", "a"}, {"handleInvalid", way}};
    params.fallback = {{"outputCol", uid + "__output"}};
    Sha256 hash;
    (*StringIndexerModel::make(uid, params, {labels}))->add_to_fingerprint(hash);
    return hash.hex();
  };
  EXPECT_EQ(hash_of("one", "error", {"p", "q"}), hash_of("two", "error", {"p", "q"}));
  EXPECT_NE(hash_of("one", "error", {"p", "q"}), hash_of("one", "keep", {"p", "q"}));
  EXPECT_NE(hash_of("one", "error", {"p", "q"}), hash_of("one", "error", {"q", "p"}));
}

}  // namespace
}  // namespace churnstream
