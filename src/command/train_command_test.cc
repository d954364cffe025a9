// The two verbs as a user types them, on the examples: what they print is the promise.
#include <gmock/gmock.h>

#include <CLI/CLI.hpp>
#include <filesystem>
#include <nlohmann/json.hpp>

#include "base/file.h"
#include "command/verbs.h"

namespace churnstream {
namespace {

using testing::HasSubstr;

struct Outcome {
  std::string printed;
  std::string error;  // empty: it went well
};

Outcome run(const Verb& verb, const std::vector<std::string>& arguments) {
  CLI::App app;
  const auto action = verb.declare(app);
  std::vector<std::string> from_the_back(arguments.rbegin(), arguments.rend());  // as CLI11 takes them
  app.parse(from_the_back);
  testing::internal::CaptureStdout();
  const Result<void> result = action();
  return {testing::internal::GetCapturedStdout(), result ? "" : result.error().message};
}

std::string example(const std::string& name) { return CHURNSTREAM_SOURCE_DIR "/examples/" + name; }

class TrainCommand : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }
  std::string place(const std::string& name) const { return (folder_ / name).string(); }

  const Path folder_ =
      std::filesystem::temp_directory_path() /
      (std::string("train_command_test_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(TrainCommand, PrintsSparksDigitsForTheShippedForest) {
  const Outcome trained = run(train_verb(), {example("origin/recipe.toml"), "--out", place("model")});
  ASSERT_EQ(trained.error, "");
  EXPECT_THAT(trained.printed,
              HasSubstr("7,043 rows read; left out: 22 duplicates, 11 without TotalCharges; 7,010 kept"));
  EXPECT_THAT(trained.printed, HasSubstr("5,672 rows to train, 1,338 to test"));
  EXPECT_THAT(trained.printed, HasSubstr("20 trees, 3,928 nodes, depth 10"));
  for (const char* digits : {"0.8056801195814649", "0.831805359661495", "0.7974969596340906",
                             "0.8309645141201001", "0.6284876850905079", "[911, 95; 165, 167]"})
    EXPECT_THAT(trained.printed, HasSubstr(digits));

  const Outcome evaluated =
      run(evaluate_verb(), {place("model"), "--recipe", example("origin/recipe.toml"), "--json"});
  ASSERT_EQ(evaluated.error, "");
  const auto json = nlohmann::json::parse(evaluated.printed);
  EXPECT_EQ(json["test"]["accuracy"], 0.8056801195814649);
  EXPECT_EQ(json["train"]["accuracy"], 0.831805359661495);
  EXPECT_EQ(json["test"]["areaUnderROC"], 0.8309645141201001);
}

TEST_F(TrainCommand, PrintsWhatTheOriginalNotebookReported) {
  const Outcome trained =
      run(train_verb(), {example("origin/notebook.toml"), "--out", place("model"), "--json"});
  ASSERT_EQ(trained.error, "");
  const auto json = nlohmann::json::parse(trained.printed);
  EXPECT_EQ(json["test"]["accuracy"], 0.7944693572496263);
  EXPECT_EQ(json["train"]["accuracy"], 0.8302186177715092);
  EXPECT_EQ(json["test"]["f1"], 0.7853738588424064);
  EXPECT_EQ(json["test"]["areaUnderROC"], 0.8277279096505331);
  EXPECT_EQ(json["test"]["confusion"], nlohmann::json::parse("[[905, 101], [174, 158]]"));
}

TEST_F(TrainCommand, SavesTheSameBytesWhateverTheThreads) {
  for (const char* threads : {"1", "3"})
    ASSERT_EQ(
        run(train_verb(), {example("origin/recipe.toml"), "--out", place(threads), "--threads", threads})
            .error,
        "");
  EXPECT_EQ(read_file(Path(place("1")) / "churnstream.json").value(),
            read_file(Path(place("3")) / "churnstream.json").value());
}

TEST_F(TrainCommand, EvaluatesAFileWithTheColumnsTheModelKnows) {
  ASSERT_EQ(run(train_verb(), {example("origin/recipe.toml"), "--out", place("model")}).error, "");
  const Outcome evaluated = run(evaluate_verb(), {place("model"), CHURNSTREAM_SOURCE_DIR "/data/telco.csv"});
  ASSERT_EQ(evaluated.error, "");
  EXPECT_THAT(evaluated.printed, HasSubstr("7,043 rows read; 7,043 kept"));
  EXPECT_THAT(evaluated.printed, HasSubstr("139130.85 really lost"));
}

TEST_F(TrainCommand, StopsAtAMissedGateAndSavesNothing) {
  std::string recipe = read_file(example("origin/recipe.toml")).value();
  recipe.replace(recipe.find("../../data"), 10, CHURNSTREAM_SOURCE_DIR "/data");
  recipe += "\n[gates]\nauc_min = 0.99\n";
  ASSERT_TRUE(write_file_atomically(place("recipe.toml"), recipe).has_value());
  const Outcome trained =
      run(train_verb(), {place("recipe.toml"), "--cross-validate", "2", "--out", place("model")});
  EXPECT_THAT(trained.error, HasSubstr("AUC"));
  EXPECT_THAT(trained.printed, HasSubstr("MISSED"));
  EXPECT_FALSE(std::filesystem::exists(place("model")));
}

TEST_F(TrainCommand, KeepsTheAccountOfRowsItCannotUse) {
  std::string csv = "id,a,b,Churn\n";
  for (int i = 0; i < 40; ++i) csv += std::to_string(i) + (i % 2 == 0 ? ",x,1,Yes\n" : ",y,2,No\n");
  csv += "40,x,many,Yes\n41,x,1,\n";
  ASSERT_TRUE(write_file_atomically(place("customers.csv"), csv).has_value());
  ASSERT_TRUE(write_file_atomically(place("recipe.toml"), R"([data]
path = "customers.csv"
key = "id"
label = "Churn"
[features]
columns = ["a", "b"]
categorical = ["a"]
[model]
type = "decision_tree_classifier"
)")
                  .has_value());
  const Outcome trained = run(train_verb(), {place("recipe.toml")});
  ASSERT_EQ(trained.error, "");
  EXPECT_THAT(trained.printed, HasSubstr("42 rows read; left out: 1 refused, 1 without a label; 40 kept"));
  EXPECT_THAT(trained.printed, HasSubstr("decision tree, 1 tree, 3 nodes, depth 1"));
  const Outcome evaluated = run(evaluate_verb(), {place("model"), place("customers.csv")});
  EXPECT_THAT(evaluated.printed, HasSubstr("[20, 0; 0, 20]"));
}

TEST_F(TrainCommand, SaysWhichColumnIsMissing) {
  ASSERT_TRUE(write_file_atomically(place("customers.csv"), "id,Churn\n1,Yes\n2,No\n").has_value());
  std::string recipe = read_file(example("origin/recipe.toml")).value();
  recipe.replace(recipe.find("../../data/telco.csv"), 20, "customers.csv");
  ASSERT_TRUE(write_file_atomically(place("recipe.toml"), recipe).has_value());
  EXPECT_THAT(run(train_verb(), {place("recipe.toml")}).error, HasSubstr("customerID"));
}

}  // namespace
}  // namespace churnstream
