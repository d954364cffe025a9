#include "command/recipe.h"

#include <gmock/gmock.h>

#include <filesystem>

namespace churnstream {
namespace {

using testing::HasSubstr;

const char* const kSmall = R"([data]
path = "customers.csv"
label = "Churn"
[features]
columns = ["Contract", "tenure"]
categorical = ["Contract"]
[model]
type = "random_forest_classifier"
)";

class RecipeTest : public testing::Test {
 protected:
  void SetUp() override { std::filesystem::create_directories(folder_); }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  Result<Recipe> load(const std::string& text) {
    insist(write_file_atomically(folder_ / "recipe.toml", text).has_value(),
           "the test folder can be written to");
    return load_recipe(folder_ / "recipe.toml");
  }
  std::string refusal(const std::string& text) {
    const Result<Recipe> recipe = load(text);
    return recipe ? "accepted" : recipe.error().message;
  }

  const Path folder_ =
      std::filesystem::temp_directory_path() /
      (std::string("recipe_test_") + testing::UnitTest::GetInstance()->current_test_info()->name());
};

TEST_F(RecipeTest, LeavesSparksDefaultsToSpark) {
  const Recipe recipe = load(kSmall).value();
  EXPECT_EQ(recipe.data, folder_ / "customers.csv");
  EXPECT_EQ(recipe.output, folder_ / "model");
  EXPECT_EQ(recipe.positive, "Yes");
  EXPECT_TRUE(recipe.plan.params_set.empty());
  EXPECT_EQ(recipe.plan.forest.num_trees, 20);
  EXPECT_EQ(recipe.plan.forest.seed, 207336481);
  EXPECT_TRUE(recipe.plan.forest.prune_tree);
  EXPECT_EQ(recipe.plan.handle_invalid, HandleInvalid::keep);
  EXPECT_FALSE(recipe.split.has_value());
}

TEST_F(RecipeTest, KeepsEveryParamThatWasGivenUnderSparksName) {
  const Recipe recipe = load(std::string(kSmall) + R"(numTrees = 7
subsamplingRate = 1
minInfoGain = 0.25
pruneTree = false
sparkVersion = "4"
seed = -5166297147706325911
)")
                            .value();
  EXPECT_EQ(recipe.plan.params_set.dump(),
            R"({"minInfoGain":0.25,"numTrees":7,"seed":-5166297147706325911,"subsamplingRate":1.0})")
      << "a double is written as one, and what no Spark knows stays out";
  EXPECT_EQ(recipe.plan.forest.seed, -5166297147706325911);
  EXPECT_FALSE(recipe.plan.forest.prune_tree);
  EXPECT_EQ(recipe.plan.forest.map_order, MapOrder::scala_2_13);
}

TEST_F(RecipeTest, TakesAnotherSeedIntoTheModelToo) {
  Recipe recipe = load(kSmall).value();
  recipe.set_seed(5);
  EXPECT_EQ(recipe.plan.forest.seed, 5);
  EXPECT_EQ(recipe.plan.params_set["seed"], 5);
}

TEST_F(RecipeTest, PointsAtWhatDoesNotFit) {
  const std::string small = kSmall;
  EXPECT_THAT(refusal(small + "maxDept = 3\n"),
              testing::AllOf(HasSubstr("recipe.toml:9"), HasSubstr("maxDepth")));
  EXPECT_THAT(refusal(small + "maxDepth = 31\n"), HasSubstr("recipe.toml:9"));
  EXPECT_THAT(refusal(small + "featureSubsetStrategy = \"most\"\n"), HasSubstr("recipe.toml:9"));
  EXPECT_THAT(refusal(small + "[tune]\nfolds = 3\n"), HasSubstr("tune"));
  EXPECT_THAT(refusal(small + "[split]\nweights = [1.0]\n"), HasSubstr("two positive weights"));
  EXPECT_THAT(refusal(small + "[prepare]\nmissing = { Contract = 0.0 }\n"), HasSubstr("Contract"));
}

TEST_F(RecipeTest, RefusesAnEncoderThatIsNotBuilt) {
  std::string onehot = kSmall;
  onehot.replace(onehot.find("[model]"), 0, "encoder = \"onehot\"\n");
  EXPECT_THAT(refusal(onehot), HasSubstr("index"));
}

TEST_F(RecipeTest, RefusesTheLabelAsAFeature) {
  std::string leak = kSmall;
  leak.replace(leak.find("\"tenure\""), 8, "\"Churn\"");
  EXPECT_THAT(refusal(leak), HasSubstr("\"Churn\" is the label"));
}

TEST_F(RecipeTest, OfATreeKnowsNoForestParams) {
  std::string tree = kSmall;
  tree.replace(tree.find("random_forest"), 13, "decision_tree");
  EXPECT_EQ(load(tree).value().plan.forest.seed, 159147643);
  EXPECT_THAT(refusal(tree + "numTrees = 3\n"), HasSubstr("numTrees"));
}

TEST_F(RecipeTest, ReadsItsGates) {
  const Recipe recipe = load(std::string(kSmall) + "[gates]\nauc_min = 0.8\nece_max = 0.02\n").value();
  ASSERT_EQ(recipe.gates.size(), 2u);
  EXPECT_EQ(recipe.gates[0].figure, "AUC");
  EXPECT_FALSE(recipe.gates[1].is_least);
}

TEST(Recipes, OfTheExamplesAreAllAccepted) {
  for (const char* name : {"origin/recipe.toml", "origin/notebook.toml", "telco/recipe.toml"}) {
    const Result<Recipe> recipe = load_recipe(Path(CHURNSTREAM_SOURCE_DIR) / "examples" / name);
    ASSERT_TRUE(recipe.has_value()) << recipe.error().message;
    EXPECT_EQ(recipe->plan.columns.size(), 19u);
  }
}

}  // namespace
}  // namespace churnstream
