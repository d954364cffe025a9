#include "model/spark_format/pipeline_format.h"
#include "base/sql_text.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <deque>
#include <fstream>

#include "base/numbers.h"
#include "feature/feature_plan.h"
#include "feature/imputer.h"
#include "feature/string_indexer.h"
#include "feature/vector_assembler.h"
#include "model/forest_dump.h"
#include "model/small_forest.h"
#include "model/spark_format/metadata.h"
#include "table/duckdb_table.h"
#include "testing/temporary_folder.h"

namespace churnstream {
namespace {

namespace fs = std::filesystem;
using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

const Path kFixtures = Path(CHURNSTREAM_SOURCE_DIR) / "tests/spark";

// Gone when the tests end.
Path fresh_folder() {
  static std::deque<TemporaryFolder> folders;
  return folders.emplace_back().path();
}

std::shared_ptr<const PipelineModel> loaded(const Path& path) {
  const auto model = PipelineModel::load(path);
  EXPECT_TRUE(model) << model.error().message;
  return model ? *model : nullptr;
}

// The sentence with which a directory is refused; every refusal is the user's to mend.
std::string refusal(const Path& path) {
  const auto model = PipelineModel::load(path);
  if (model) return "accepted";
  EXPECT_EQ(model.error().kind, ErrorKind::wrong);
  EXPECT_EQ(model.error().message.find('\n'), std::string::npos);
  return model.error().message;
}

std::string text_of(const Path& file) { return *read_file(file); }
void put(const Path& file, const std::string& text) { std::ofstream(file) << text; }

void replace_text(const Path& file, const std::string& from, const std::string& to) {
  std::string text = text_of(file);
  const std::size_t at = text.find(from);
  ASSERT_NE(at, std::string::npos) << from;
  put(file, text.replace(at, from.size(), to));
}

std::vector<Path> files_of(const Path& folder) { return data_files(folder).value(); }

// A copy of what Spark saved, to be spoilt.
struct Copy {
  Path root = fresh_folder() / "model";
  explicit Copy(const char* fixture = "small_pipeline") {
    fs::copy(kFixtures / fixture, root, fs::copy_options::recursive);
  }
  Path stage(int index) const {
    for (const auto& entry : fs::directory_iterator(root / "stages"))
      if (entry.path().filename().string()[0] == '0' + index) return entry.path();
    return {};
  }
  Path forest() const { return stage(4); }
  // Rewrites the Parquet files of a folder as one; `files` in the SELECT stands for them.
  static void rewrite(const Path& folder, std::string select) {
    const std::string files = parquet_files(files_of(folder));
    for (std::size_t at; (at = select.find("$files")) != std::string::npos;) select.replace(at, 6, files);
    const Path next = folder / "next.tmp";
    auto tables = *Tables::open();
    const auto written = tables->write_parquet(select, next, {});
    ASSERT_TRUE(written) << written.error().message;
    for (const Path& file : files_of(folder))
      if (file != next) fs::remove(file);
    fs::rename(next, folder / "part-00000.parquet");
  }
  // Rewrites the forest's nodes with one field changed.
  void change_nodes(const std::string& field, const std::string& value,
                    const std::string& where = "true") const {
    std::string fields, split_fields;
    for (const std::string name :
         {"id", "prediction", "impurity", "impurityStats", "rawCount", "gain", "leftChild", "rightChild",
          "featureIndex", "leftCategoriesOrThreshold", "numCategories"}) {
      const bool is_of_split =
          name[0] == 'f' || name == "leftCategoriesOrThreshold" || name == "numCategories";
      const std::string old = is_of_split ? "n.split." + name : "n." + name;
      const std::string now =
          name == field ? "CASE WHEN " + where + " THEN " + value + " ELSE " + old + " END" : old;
      std::string& list = is_of_split ? split_fields : fields;
      list += (list.empty() ? "" : ", ") + name + " := " + now;
    }
    rewrite(forest() / "data", "SELECT treeID, struct_pack(" + fields + ", split := struct_pack(" +
                                   split_fields +
                                   ")) AS nodeData FROM (SELECT treeID, nodeData AS n FROM $files)");
  }
};

std::vector<std::vector<std::string>> csv(const Path& file) {
  std::vector<std::vector<std::string>> rows;
  std::istringstream lines(text_of(file));
  for (std::string line; std::getline(lines, line);) {
    std::istringstream cells(line);
    rows.emplace_back();
    for (std::string cell; std::getline(cells, cell, ',');) rows.back().push_back(cell);
  }
  return rows;
}

// The first customers of data/telco.csv, without the label. None of their cells is quoted.
RecordBatch first_customers(std::size_t num_rows) {
  const auto cells = csv(Path(CHURNSTREAM_SOURCE_DIR) / "data/telco.csv");
  std::vector<Field> fields;
  for (const std::string& name : cells[0]) {
    const bool is_number =
        name == "SeniorCitizen" || name == "tenure" || name == "MonthlyCharges" || name == "TotalCharges";
    if (name.substr(0, 5) != "Churn")
      fields.push_back({name, is_number ? ColumnType::number : ColumnType::text});
  }
  RecordBatch rows(std::make_shared<const Schema>(*Schema::make(fields)));
  for (std::size_t row = 0; row < num_rows; ++row) {
    for (std::size_t column = 0; column < fields.size(); ++column) {
      const std::string& cell = cells[row + 1][column];
      if (fields[column].type == ColumnType::text)
        rows.column(column).add_text(cell);
      else if (const auto value = parse_double(cell))
        rows.column(column).add_number(*value);
      else
        rows.column(column).add_missing();
    }
    rows.extent().offsets.push_back(Offset{static_cast<std::int64_t>(row)});
    rows.extent().event_times_us.push_back(0);
  }
  return rows;
}

// Spark's own order of operations, for two classes.
double probability_of_one(const Forest& forest, std::span<const double> features) {
  double votes[2] = {0, 0};
  for (const Tree& tree : forest.trees) {
    const auto counts = tree.node_stats(tree.leaf_of(features));
    const double total = counts[0] + counts[1];
    for (int label = 0; label < 2; ++label)
      votes[label] +=
          forest.kind == PredictorKind::random_forest_classifier ? counts[label] / total : counts[label];
  }
  return votes[1] / (votes[0] + votes[1]);
}

void expect_sparks_scores(const PipelineModel& model, std::size_t column) {
  const auto expected = csv(kFixtures / "small_scores.csv");
  const RecordBatch rows = first_customers(expected.size() - 1);
  FeaturePlan plan(model.stages(), model.features_column(), model.predictor().num_features);
  FeatureMatrix features;
  FeatureScratch scratch;
  const auto done = plan.transform(rows, features, scratch);
  ASSERT_TRUE(done) << done.error().message;
  ASSERT_EQ(features.num_rows(), 40u);
  for (std::size_t row = 0; row < 40; ++row)
    EXPECT_EQ(shortest(probability_of_one(model.predictor(), features.row(row))), expected[row + 1][column]);
}

TEST(ModelFromSpark, APipelineLoadsAndScoresAsSparkDoes) {
  const auto model = loaded(kFixtures / "small_pipeline");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->stages().size(), 4u);
  EXPECT_EQ(model->predictor().trees.size(), 3u);
  EXPECT_THAT(model->predictor().thresholds, ElementsAre(0.6, 0.4));
  EXPECT_EQ(model->predictor().params.get("seed"), 9007199254740993) << "a seed that a double would round";
  EXPECT_THAT(model->class_labels(), ElementsAre("No", "Yes"));
  EXPECT_FALSE(model->notes());
  expect_sparks_scores(*model, 1);
}

TEST(ModelFromSpark, ADecisionTreeLoadsAndScoresAsSparkDoes) {
  const auto model = loaded(kFixtures / "small_tree");
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->features_column(), "vector");
  EXPECT_EQ(model->predictor().kind, PredictorKind::decision_tree_classifier);
  expect_sparks_scores(*model, 3);
}

// The shipped directory where it is, else the one that we write of Spark's dump.
TEST(ModelFromSpark, TheOriginalsForestIsTheFixtureNodeForNode) {
  const Path twin = fresh_folder() / "forest";
  if (origin_model_path().empty()) {
    ASSERT_TRUE(bare_forest_of_dump(kFixtures / "origin_forest.txt")->save(twin));
  }
  const auto model = loaded(origin_model_path().empty() ? twin : origin_model_path());
  ASSERT_NE(model, nullptr);
  const auto trees = read_forest_dump(kFixtures / "origin_forest.txt", 19);
  ASSERT_TRUE(trees) << trees.error().message;
  EXPECT_EQ(model->predictor().num_nodes(), 3928u);
  EXPECT_TRUE(model->predictor().trees == *trees);
}

TEST(ModelRoundTrip, KeepsEveryNodeLabelParamAndTheFingerprint) {
  for (const char* fixture : {"small_pipeline", "small_tree"}) {
    const auto model = loaded(kFixtures / fixture);
    const Path path = fresh_folder() / "model";
    const auto saved = model->save(path);
    ASSERT_TRUE(saved) << saved.error().message;
    const auto again = loaded(path);
    ASSERT_NE(again, nullptr);
    EXPECT_TRUE(again->predictor().trees == model->predictor().trees);
    EXPECT_EQ(again->predictor().tree_uids, model->predictor().tree_uids);
    EXPECT_EQ(again->predictor().params.set, model->predictor().params.set);
    EXPECT_EQ(again->uid(), model->uid());
    EXPECT_EQ(again->fingerprint(), model->fingerprint());
    for (std::size_t stage = 0; stage < model->stages().size(); ++stage) {
      EXPECT_EQ(again->stages()[stage]->describe(), model->stages()[stage]->describe());
      EXPECT_EQ(again->stages()[stage]->params().set, model->stages()[stage]->params().set);
    }
    EXPECT_TRUE(again->save(path)) << "a model is replaced by a model";
    EXPECT_EQ(loaded(path)->fingerprint(), model->fingerprint());
    EXPECT_THAT(*list_folder(path.parent_path()), ElementsAre("model")) << "nothing half-made is left";
  }
}

// What Spark 3.5.7 changes when it loads a pipeline and saves it again: defaults that hold a uid or a seed.
TEST(ModelRoundTrip, TheFingerprintSurvivesSpark) {
  const Copy copy;
  replace_text(copy.stage(0) / "metadata/part-00000", "StringIndexer_6dbb11455f5c__output",
               "StringIndexerModel_c044df6f1c2a__output");
  replace_text(copy.forest() / "metadata/part-00000", "\"seed\":165097978567633728",
               "\"seed\":-8770286270945950309");
  EXPECT_EQ(loaded(copy.root)->fingerprint(), loaded(kFixtures / "small_pipeline")->fingerprint());
}

PipelineModel small_model(std::optional<ModelNotes> notes) {
  const auto imputer = *fixed_imputer({.columns = {{"a \"quoted\" name"}, {"x"}}}, {0.1});
  ParamMaps labels;
  labels.set = {{"inputCols", {"plan", "city"}}, {"outputCols", {"plan_index", "city_index"}}};
  const auto indexer = *StringIndexerModel::make("StringIndexer_1", labels, {{"it's", ""}, {}});
  const auto assembler = *make_vector_assembler({.input_columns = {"x", "plan_index", "city_index"}});
  return PipelineModel("PipelineModel_1", {imputer, indexer, assembler}, small_forest(), "features",
                       std::move(notes));
}

TEST(ModelRoundTrip, KeepsNotesAndOddNames) {
  ModelNotes notes;
  notes.raw = *Schema::make({{"id", ColumnType::text}, {"a \"quoted\" name", ColumnType::number}});
  notes.key = "id";
  notes.label = "Churn";
  notes.positive = "Yes";
  notes.class_labels = {"No", "Yes"};
  notes.extra = {{"metrics", {{"accuracy", 0.8056801195814649}}}};
  const PipelineModel model = small_model(notes);
  const Path path = fresh_folder() / "model" / "";
  const auto saved = model.save(path);
  ASSERT_TRUE(saved) << saved.error().message;
  const auto again = loaded(path);
  ASSERT_NE(again, nullptr);
  EXPECT_EQ(again->notes()->raw, notes.raw);
  EXPECT_EQ(again->notes()->extra, notes.extra);
  EXPECT_EQ(again->notes()->positive, "Yes");
  EXPECT_THAT(again->class_labels(), ElementsAre("No", "Yes"));
  EXPECT_EQ(again->fingerprint(), model.fingerprint());
  const auto& indexer = dynamic_cast<const StringIndexerModel&>(*again->stages()[1]);
  EXPECT_THAT(indexer.labels(0), ElementsAre("it's", ""));
  EXPECT_THAT(indexer.labels(1), IsEmpty());
}

TEST(ModelRoundTrip, ABareForestStaysBare) {
  const Forest forest = small_forest();
  const PipelineModel model(forest.uid, {}, forest, "features", {});
  const Path path = fresh_folder() / "forest";
  ASSERT_TRUE(model.save(path));
  const auto again = loaded(path);
  ASSERT_NE(again, nullptr);
  EXPECT_TRUE(again->is_bare());
  EXPECT_TRUE(again->predictor().trees == forest.trees);
  EXPECT_EQ(again->fingerprint(), model.fingerprint());
  EXPECT_THAT(again->class_labels(), ElementsAre("0", "1"));
}

TEST(ModelSave, RefusesToReplaceWhatIsNoModel) {
  const Path folder = fresh_folder();
  put(folder / "letter.txt", "dear");
  const auto onto_folder = small_model({}).save(folder);
  ASSERT_FALSE(onto_folder);
  EXPECT_THAT(onto_folder.error().message, HasSubstr("something that is no model"));
  EXPECT_FALSE(small_model({}).save(folder / "letter.txt"));
  EXPECT_EQ(text_of(folder / "letter.txt"), "dear");
  fs::create_directory(folder / "empty");
  EXPECT_TRUE(small_model({}).save(folder / "empty"));
}

TEST(ModelSave, WritesWhatEverySparkSince3Loads) {
  const Path path = fresh_folder() / "model";
  ASSERT_TRUE(small_model({}).save(path));
  for (const char* name : {"0_", "1_", "2_", "3_"})
    EXPECT_EQ(
        std::count_if(fs::directory_iterator(path / "stages"), fs::directory_iterator(),
                      [&](auto& entry) { return entry.path().filename().string().substr(0, 2) == name; }),
        1);
  const Path forest = path / "stages" / ("3_" + small_forest().uid);
  const auto metadata = *read_metadata(forest);
  EXPECT_EQ(metadata.spark_version, "3.5.0");
  EXPECT_EQ(metadata.params.fallback["impurity"], "gini");
  EXPECT_THAT(text_of(forest / "metadata/part-00000"),
              AllOf(HasSubstr("\"subsamplingRate\":1.0"), HasSubstr("\"seed\":9007199254740993")));
  auto tables = *Tables::open();
  const std::string file = files_of(forest / "data")[0].string();
  const auto footer = tables->read("SELECT decode(value) AS v FROM parquet_kv_metadata(" + sql_text(file) +
                                   ") WHERE decode(key) = 'org.apache.spark.sql.parquet.row.metadata'");
  const auto sparks = tables->read("SELECT decode(value) AS v FROM parquet_kv_metadata(" +
                                   sql_text((files_of(Copy().forest() / "data"))[0].string()) +
                                   ") WHERE decode(key) = 'org.apache.spark.sql.parquet.row.metadata'");
  EXPECT_EQ((*footer)["v"].texts, (*sparks)["v"].texts) << "the schema that Spark itself writes";
}

TEST(StageFolder, IsPaddedToTheDigitsOfTheNumberOfStages) {
  EXPECT_EQ(stage_folder_name(8, 9, "u"), "8_u");
  EXPECT_EQ(stage_folder_name(8, 10, "u"), "08_u");
  EXPECT_EQ(stage_folder_name(10, 100, "u"), "010_u");
}

// What other versions of Spark write differently.

TEST(ModelOfAnotherVersion, SinceSpark41TreesMetadataIsTakenByPosition) {
  const Copy copy;
  Copy::rewrite(copy.forest() / "treesMetadata",
                "SELECT treeID AS _1, metadata AS _2, weights AS _3 FROM $files");
  EXPECT_EQ(loaded(copy.root)->fingerprint(), loaded(kFixtures / "small_pipeline")->fingerprint());
}

TEST(ModelOfAnotherVersion, SinceSpark43ThereIsPruneTree) {
  const Copy copy;
  replace_text(copy.forest() / "metadata/part-00000", "\"impurity\":\"gini\"",
               "\"impurity\":\"gini\",\"pruneTree\":true");
  EXPECT_EQ(loaded(copy.root)->fingerprint(), loaded(kFixtures / "small_pipeline")->fingerprint());
}

TEST(ModelOfAnotherVersion, BeforeSpark3ThereWasNoRawCountAndOneListOfLabels) {
  const Copy copy;
  Copy::rewrite(
      copy.forest() / "data",
      "SELECT treeID, struct_pack(id := n.id, prediction := n.prediction, impurity := n.impurity, "
      "impurityStats := n.impurityStats, gain := n.gain, leftChild := n.leftChild, rightChild := "
      "n.rightChild, split := n.split) AS nodeData FROM (SELECT treeID, nodeData AS n FROM $files)");
  Copy::rewrite(copy.stage(1) / "data", "SELECT labelsArray[1] AS labels FROM $files");
  const auto model = loaded(copy.root);
  ASSERT_NE(model, nullptr);
  EXPECT_EQ(model->predictor().trees[2].raw_count[1], -1);
  EXPECT_THAT(model->class_labels(), ElementsAre("No", "Yes"));
  expect_sparks_scores(*model, 1);
}

TEST(ModelOfAnotherVersion, BeforeSpark24ThereWereNoDefaultParams) {
  const Copy copy;
  const Path metadata = copy.forest() / "metadata/part-00000";
  auto json = nlohmann::json::parse(text_of(metadata));
  json.erase("defaultParamMap");
  put(metadata, json.dump() + "\n");
  EXPECT_EQ(loaded(copy.root)->features_column(), "features");
}

TEST(ModelOfAnotherVersion, FilesMayHaveOtherNamesBeManyAndLieAmongOthers) {
  const Copy copy;
  const Path data = copy.forest() / "data";
  const std::string files = parquet_files(files_of(data));
  auto tables = *Tables::open();
  for (const char* part : {"0", "1"})
    ASSERT_TRUE(tables->write_parquet("SELECT * FROM " + files + " WHERE nodeData.id % 2 = " + part,
                                      Path(copy.root) / (std::string("part") + part), {}));
  for (const Path& file : files_of(data)) fs::remove(file);
  fs::rename(copy.root / "part1", data / "part-00000-x.parquet");
  fs::rename(copy.root / "part0", data / "part-00001-x.parquet");
  put(data / "_committed_123", "noise");
  put(data / ".hidden.crc", "noise");
  put(data / "half._COPYING_", "noise");
  const Path metadata = copy.forest() / "metadata";
  fs::rename(metadata / "part-00000", metadata / "part-00000-5d3c-c000.txt");
  EXPECT_EQ(loaded(copy.root)->fingerprint(), loaded(kFixtures / "small_pipeline")->fingerprint());
}

TEST(ModelOfAnotherVersion, APythonPipelineAndATuningModelAreOpened) {
  const Copy copy;
  replace_text(copy.root / "metadata/part-00000", "org.apache.spark.ml.PipelineModel",
               "pyspark.ml.pipeline.PipelineModel");
  EXPECT_NE(loaded(copy.root), nullptr);
  const Path tuned = copy.root.parent_path() / "tuned";
  fs::create_directories(tuned / "metadata");
  fs::rename(copy.root, tuned / "bestModel");
  put(tuned / "metadata/part-00000",
      R"({"class":"org.apache.spark.ml.tuning.CrossValidatorModel","timestamp":1,"sparkVersion":"3.5.0","uid":"cv","paramMap":{},"defaultParamMap":{}})");
  EXPECT_NE(loaded(tuned), nullptr);
}

// Broken directories: one clear sentence each.

TEST(BrokenModel, WithoutAFileOrFolder) {
  EXPECT_THAT(refusal("/nowhere/model"), HasSubstr("there is no such folder"));
  EXPECT_THAT(refusal(fresh_folder()), HasSubstr("no metadata folder"));
  for (const char* part : {"metadata", "data", "treesMetadata"}) {
    const Copy copy;
    fs::remove_all(copy.forest() / part);
    EXPECT_THAT(refusal(copy.root), AllOf(HasSubstr("RandomForestClassifier"), HasSubstr("no"))) << part;
    fs::create_directory(copy.forest() / part);
    put(copy.forest() / part / "_SUCCESS", "");
    EXPECT_THAT(refusal(copy.root), HasSubstr("no data file")) << part;
  }
  const Copy copy;
  fs::remove_all(copy.stage(2));
  EXPECT_THAT(refusal(copy.root), AllOf(HasSubstr("Imputer"), HasSubstr("no such folder")));
}

TEST(BrokenModel, WithMetadataThatIsNone) {
  const Copy copy;
  const Path file = copy.forest() / "metadata/part-00000";
  const std::string good = text_of(file);
  const auto refusal_of = [&](const std::string& text) {
    put(file, text);
    return refusal(copy.root);
  };
  const auto with = [&](const char* name, const nlohmann::json& value) {
    auto json = nlohmann::json::parse(good);
    json[name] = value;
    return refusal_of(json.dump());
  };
  EXPECT_THAT(refusal_of("{\"class\": oops}"), HasSubstr("no JSON"));
  EXPECT_THAT(refusal_of(good.substr(0, 100)), HasSubstr("no JSON"));
  EXPECT_THAT(refusal_of(""), HasSubstr("empty"));
  EXPECT_THAT(refusal_of("[1, 2]"), HasSubstr("no JSON object"));
  EXPECT_THAT(refusal_of(std::string(1'000'000, '[')), HasSubstr("too deep"));
  EXPECT_THAT(refusal_of("{\"numTrees\": 1e999}"), HasSubstr("no JSON"));
  EXPECT_THAT(with("class", "org.apache.spark.ml.clustering.KMeansModel"), HasSubstr("KMeansModel"));
  EXPECT_THAT(with("class", 7), HasSubstr("\"class\" is missing or no text"));
  EXPECT_THAT(with("uid", "../../etc"), HasSubstr("\"uid\""));
  EXPECT_THAT(with("uid", "another"), HasSubstr("uid is another one"));
  EXPECT_THAT(with("sparkVersion", "new"), HasSubstr("no version"));
  EXPECT_THAT(with("paramMap", 3), HasSubstr("\"paramMap\" is no JSON object"));
  EXPECT_THAT(with("paramMap", {{"featuresCol", {1, 2}}}), HasSubstr("\"featuresCol\" is not text"));
  EXPECT_THAT(with("paramMap", {{"thresholds", {-1, 2}}}), HasSubstr("threshold is negative"));
  EXPECT_THAT(with("numTrees", 2'000'000'000'000), HasSubstr("\"numTrees\" is 2000000000000"));
  EXPECT_THAT(with("numTrees", 18446744073709551615ull), HasSubstr("\"numTrees\" is 18446744073709551615"));
  EXPECT_THAT(with("numTrees", 2), HasSubstr("it says that it has 2 trees"));
  EXPECT_THAT(with("numTrees", -3), HasSubstr("\"numTrees\" is -3"));
  EXPECT_THAT(with("numTrees", "3"), HasSubstr("\"numTrees\" is missing or no whole number"));
  EXPECT_THAT(with("numFeatures", 1), HasSubstr("of 1"));
  EXPECT_THAT(with("numClasses", 3), HasSubstr("counts 2 classes, not 3"));
  put(file, good);
  fs::remove_all(copy.root / "metadata");
  put(copy.root / "metadata", good);
  EXPECT_THAT(refusal(copy.root), HasSubstr("Spark Connect"));
}

TEST(BrokenModel, WithAPipelineThatIsNone) {
  const Copy copy;
  const Path file = copy.root / "metadata/part-00000";
  const std::string good = text_of(file);
  const auto with_uids = [&](const nlohmann::json& uids) {
    auto json = nlohmann::json::parse(good);
    json["paramMap"]["stageUids"] = uids;
    put(file, json.dump());
    return refusal(copy.root);
  };
  EXPECT_THAT(with_uids(nlohmann::json::array()), HasSubstr("\"stageUids\" are missing or none"));
  EXPECT_THAT(with_uids(5), HasSubstr("\"stageUids\""));
  EXPECT_THAT(with_uids({1}), HasSubstr("no name"));
  EXPECT_THAT(with_uids({"x/../../y"}), HasSubstr("no name"));
  auto uids = nlohmann::json::parse(good)["paramMap"]["stageUids"];
  uids.erase(uids.size() - 1);
  EXPECT_THAT(with_uids(uids), HasSubstr("ends without a predictor"));
  put(file, R"({"class":"org.apache.spark.ml.Pipeline","sparkVersion":"3.5.0","uid":"p","paramMap":{}})");
  EXPECT_THAT(refusal(copy.root), HasSubstr("never fitted"));
}

TEST(BrokenModel, WithNodesThatMakeNoTree) {
  const auto refusal_with = [](const std::string& field, const std::string& value, const std::string& where) {
    const Copy copy;
    copy.change_nodes(field, value, where);
    return refusal(copy.root);
  };
  const std::string root = "treeID = 1 AND n.id = 0", second = "treeID = 1 AND n.id = 1";
  EXPECT_EQ(refusal_with("id", "n.id", "true"), "accepted");
  EXPECT_THAT(refusal_with("leftChild", "0", second),
              AllOf(HasSubstr("tree 1"), HasSubstr("child before itself")));
  EXPECT_THAT(refusal_with("rightChild", "0", root), HasSubstr("child before itself"));
  EXPECT_THAT(refusal_with("rightChild", "1", root), HasSubstr("child twice"));
  EXPECT_THAT(refusal_with("rightChild", "2147483647", root), HasSubstr("not there"));
  EXPECT_THAT(refusal_with("leftChild", "-2", root), HasSubstr("one child"));
  EXPECT_THAT(refusal_with("id", "7000", second), HasSubstr("ids are not 0 to"));
  EXPECT_THAT(refusal_with("id", "0", second), HasSubstr("ids are not 0 to"));
  EXPECT_THAT(refusal_with("id", "NULL", second), HasSubstr("no \"id\""));
  EXPECT_THAT(refusal_with("leftCategoriesOrThreshold", "['NaN'::DOUBLE]", "n.split.numCategories = -1"),
              HasSubstr("threshold that is no number"));
  EXPECT_THAT(refusal_with("leftCategoriesOrThreshold", "[NULL::DOUBLE]", "n.split.numCategories = -1"),
              HasSubstr("threshold that is no number"));
  EXPECT_THAT(refusal_with("leftCategoriesOrThreshold", "[1.0, 2.0]", "n.split.numCategories = -1"),
              HasSubstr("2 thresholds, not one"));
  EXPECT_THAT(refusal_with("leftCategoriesOrThreshold", "[99.0]", "n.split.numCategories > 0"),
              HasSubstr("category that it does not have"));
  EXPECT_THAT(refusal_with("numCategories", "2147483647", "n.split.numCategories > 0"),
              HasSubstr("too many categories"));
  EXPECT_THAT(refusal_with("numCategories", "-5", root), HasSubstr("negative number of categories"));
  EXPECT_THAT(refusal_with("featureIndex", "6", root), HasSubstr("feature 6 of 6"));
  EXPECT_THAT(refusal_with("impurityStats", "[1.0]", root), HasSubstr("counts 1 classes, not 2"));
  EXPECT_THAT(refusal_with("impurityStats", "[1.0, -1.0]", root), HasSubstr("negative class count"));
  EXPECT_THAT(refusal_with("impurityStats", "['inf'::DOUBLE, 1.0]", root),
              HasSubstr("count that is no number"));
  EXPECT_THAT(refusal_with("prediction", "2", root), HasSubstr("predicts a class that is not there"));
}

TEST(BrokenModel, WithTablesThatAreNone) {
  {
    const Copy copy;
    put((files_of(copy.forest() / "data"))[0], "PAR1 is how it begins");
    EXPECT_THAT(refusal(copy.root), HasSubstr("RandomForestClassifier"));
  }
  const auto refusal_after = [](const std::function<Path(const Copy&)>& folder, const std::string& select) {
    const Copy copy;
    Copy::rewrite(folder(copy), select);
    return refusal(copy.root);
  };
  const auto nodes = [](const Copy& copy) { return copy.forest() / "data"; };
  const auto trees = [](const Copy& copy) { return copy.forest() / "treesMetadata"; };
  const auto labels = [](const Copy& copy) { return copy.stage(0) / "data"; };
  const auto surrogates = [](const Copy& copy) { return copy.stage(2) / "data"; };
  EXPECT_THAT(refusal_after(nodes, "SELECT 1 AS treeID, 2 AS nodeData"), HasSubstr("RandomForestClassifier"));
  EXPECT_THAT(refusal_after(nodes, "SELECT * FROM $files WHERE false"), HasSubstr("no node"));
  EXPECT_THAT(refusal_after(nodes, "SELECT * FROM $files WHERE treeID <> 1"), HasSubstr("none of tree 1"));
  EXPECT_THAT(refusal_after(nodes, "SELECT * FROM $files WHERE treeID < 2"), HasSubstr("there are 2"));
  EXPECT_THAT(refusal_after(nodes, "SELECT * FROM $files UNION ALL SELECT 3, nodeData FROM $files"),
              HasSubstr("only 3 trees"));
  EXPECT_THAT(refusal_after(trees, "SELECT * FROM $files LIMIT 2"), HasSubstr("treesMetadata has 2"));
  EXPECT_THAT(refusal_after(trees, "SELECT 0 AS treeID, metadata, weights FROM $files"),
              HasSubstr("no tree 1"));
  EXPECT_THAT(refusal_after(trees, "SELECT treeID, '{}' AS metadata, weights FROM $files"),
              HasSubstr("tree 0"));
  EXPECT_THAT(refusal_after(trees,
                            "SELECT treeID, replace(metadata, 'Classification', 'Regression') AS metadata, "
                            "weights FROM $files"),
              HasSubstr("tree 0 is a org"));
  EXPECT_THAT(refusal_after(labels, "SELECT [['a'], ['b']] AS labelsArray"),
              HasSubstr("labels for 2 columns"));
  EXPECT_THAT(refusal_after(labels, "SELECT [['a', 'a'], ['b'], ['c']] AS labelsArray"),
              HasSubstr("comes twice"));
  EXPECT_THAT(refusal_after(labels, "SELECT 1 AS other"), HasSubstr("StringIndexer"));
  EXPECT_THAT(refusal_after(labels, "SELECT * FROM $files LIMIT 0"), HasSubstr("not one row"));
  EXPECT_THAT(refusal_after(surrogates, "SELECT 1.0::DOUBLE AS TotalCharges"), HasSubstr("Imputer"));
  EXPECT_THAT(refusal_after(surrogates, "SELECT NULL::DOUBLE AS TotalCharges, 1.0 AS MonthlyCharges"),
              HasSubstr("surrogate is null"));
}

TEST(BrokenModel, WithNotesThatAreNone) {
  const Copy copy;
  const auto with_notes = [&](const std::string& text) {
    put(copy.root / "churnstream.json", text);
    return refusal(copy.root);
  };
  const std::string good =
      R"({"format_version":1,"raw":[{"name":"id","type":"text"}],"key":"id","label":"Churn","positive":"Yes","class_labels":["No","Yes"],"extra":{}})";
  const auto changed = [&](const char* name, const nlohmann::json& value) {
    auto json = nlohmann::json::parse(good);
    json[name] = value;
    return with_notes(json.dump());
  };
  EXPECT_EQ(with_notes(good), "accepted");
  EXPECT_THAT(with_notes("notes"), HasSubstr("no JSON"));
  EXPECT_THAT(with_notes("[]"), HasSubstr("no JSON object"));
  EXPECT_THAT(changed("format_version", 2), HasSubstr("format version 2 is not the one we know, 1"));
  EXPECT_THAT(changed("raw", 1), HasSubstr("\"raw\""));
  EXPECT_THAT(changed("raw", {{{"name", "id"}, {"type", "blob"}}}), HasSubstr("blob"));
  EXPECT_THAT(changed("raw", {{{"name", "id"}, {"type", "text"}}, {{"name", "id"}, {"type", "text"}}}),
              HasSubstr("id"));
  EXPECT_THAT(changed("key", "no column"), HasSubstr("key is none of the columns"));
  EXPECT_THAT(changed("class_labels", {"a", "b", "c"}), HasSubstr("another number of classes"));
  EXPECT_THAT(changed("class_labels", {1}), HasSubstr("no text"));
  EXPECT_THAT(changed("extra", 1), HasSubstr("\"extra\""));
}

}  // namespace
}  // namespace churnstream
