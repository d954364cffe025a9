#include "model/spark_format/forest_format.h"

#include <limits>
#include <set>

#include "base/sql_text.h"
#include "model/spark_format/stage_format.h"

namespace churnstream {
namespace {

constexpr const char* kForestClass = "org.apache.spark.ml.classification.RandomForestClassificationModel";
constexpr const char* kTreeClass = "org.apache.spark.ml.classification.DecisionTreeClassificationModel";

// Beyond any real model, and small enough that an array of so many doubles does no harm.
constexpr std::int64_t kFeaturesMax = 1 << 20;
constexpr std::int64_t kClassesMax = 10'000;
constexpr std::int64_t kTreesMax = 1 << 20;

// What Spark's schema calls the fields of a node; the SELECTs and the footer below are drawn from this list.
struct NodeField {
  const char* name;
  const char* sql_type;    // as we read it
  const char* file_type;   // as we write it
  const char* spark_type;  // in the footer
  bool is_of_split;
};
constexpr const char* kNumbers = R"({"type":"array","elementType":"double","containsNull":false})";
constexpr NodeField kNodeFields[] = {
    {"id", "BIGINT", "INTEGER", R"("integer")", false},
    {"prediction", "DOUBLE", "DOUBLE", R"("double")", false},
    {"impurity", "DOUBLE", "DOUBLE", R"("double")", false},
    {"impurityStats", "DOUBLE[]", "DOUBLE[]", kNumbers, false},
    {"rawCount", "BIGINT", "BIGINT", R"("long")", false},
    {"gain", "DOUBLE", "DOUBLE", R"("double")", false},
    {"leftChild", "BIGINT", "INTEGER", R"("integer")", false},
    {"rightChild", "BIGINT", "INTEGER", R"("integer")", false},
    {"featureIndex", "BIGINT", "INTEGER", R"("integer")", true},
    {"leftCategoriesOrThreshold", "DOUBLE[]", "DOUBLE[]", kNumbers, true},
    {"numCategories", "BIGINT", "INTEGER", R"("integer")", true},
};

tl::unexpected<Error> bad_model(const Path& folder, const std::string& happened) {
  return wrong("reading the model", folder.string(), happened);
}

// Every node of every tree, by tree and id. A forest has its nodes in a struct, a tree at the top.
Result<Table> read_nodes(const Path& folder, bool is_forest, Tables& tables) {
  CHURNSTREAM_TRY_ASSIGN(const std::vector<Path> files, data_files(folder / "data"));
  const std::string nodes =
      is_forest ? "(SELECT treeID AS tree, unnest(nodeData) FROM " : "(SELECT 0 AS tree, * FROM ";
  const std::string from = nodes + parquet_files(files) + ")";
  CHURNSTREAM_TRY_ASSIGN(const std::vector<std::string> names, column_names(tables, from, folder));
  std::string select = "SELECT tree::BIGINT AS tree";
  for (const NodeField& field : kNodeFields) {
    const bool is_from_before_spark_3 =
        std::string_view(field.name) == "rawCount" && !has_column(names, field.name);
    const std::string value =
        is_from_before_spark_3 ? "-1" : std::string(field.is_of_split ? "split." : "") + field.name;
    select += ", " + value + "::" + field.sql_type + " AS " + field.name;
  }
  CHURNSTREAM_TRY_ASSIGN(Table table,
                         read_model_table(tables, select + " FROM " + from + " ORDER BY tree, id", folder));
  for (const TableColumn& column : table.columns)
    for (const std::uint8_t is_null : column.is_null)
      if (is_null != 0) return bad_model(folder, "a node has no \"" + column.name + "\"");
  if (table.num_rows() == 0) return bad_model(folder, "it has no node");
  return table;
}

bool fits_int32(std::int64_t value) {
  return value >= std::numeric_limits<std::int32_t>::min() &&
         value <= std::numeric_limits<std::int32_t>::max();
}

Result<Split> read_split(const Table& nodes, std::size_t row) {
  const std::int64_t num_categories = nodes["numCategories"].integers[row];
  const auto values = nodes["leftCategoriesOrThreshold"].number_list(row);
  const std::string name = "node " + std::to_string(nodes["id"].integers[row]);
  if (!fits_int32(num_categories)) return wrong("checking a tree", {}, name + " has too many categories");
  if (num_categories != -1)
    return Split{.num_categories = static_cast<std::int32_t>(num_categories),
                 .left_categories = {values.begin(), values.end()}};
  if (values.size() != 1)
    return wrong("checking a tree", {},
                 name + " has " + std::to_string(values.size()) + " thresholds, not one");
  return Split{.num_categories = -1, .threshold = values[0]};
}

// The tree in rows [begin, end).
Result<Tree> tree_of(const Table& nodes, std::size_t begin, std::size_t end, std::size_t num_features,
                     std::size_t num_classes) {
  Tree tree;
  tree.num_stats = num_classes;
  for (std::size_t row = begin; row < end; ++row) {
    const std::int64_t id = nodes["id"].integers[row];
    if (id != static_cast<std::int64_t>(row - begin))
      return wrong("checking a tree", {},
                   "its node ids are not 0 to " + std::to_string(end - begin - 1) + ": found " +
                       std::to_string(id) + " in place of " + std::to_string(row - begin));
    const std::int64_t left = nodes["leftChild"].integers[row];
    const std::int64_t right = nodes["rightChild"].integers[row];
    const std::int64_t feature = nodes["featureIndex"].integers[row];
    if (!fits_int32(left) || !fits_int32(right) || !fits_int32(feature))
      return wrong("checking a tree", {},
                   "node " + std::to_string(id) + " has an id or a feature out of range");
    const auto stats = nodes["impurityStats"].number_list(row);
    if (stats.size() != num_classes)
      return wrong("checking a tree", {},
                   "node " + std::to_string(id) + " counts " + std::to_string(stats.size()) +
                       " classes, not " + std::to_string(num_classes));
    const bool is_leaf = left == -1;  // Spark looks at nothing else.
    tree.left.push_back(static_cast<std::int32_t>(left));
    tree.right.push_back(static_cast<std::int32_t>(right));
    tree.feature.push_back(is_leaf ? -1 : static_cast<std::int32_t>(feature));
    Split split;
    if (!is_leaf) {
      CHURNSTREAM_TRY_ASSIGN(split, read_split(nodes, row));
    }
    tree.split.push_back(std::move(split));
    tree.stats.insert(tree.stats.end(), stats.begin(), stats.end());
    tree.raw_count.push_back(nodes["rawCount"].integers[row]);
    tree.prediction.push_back(nodes["prediction"].numbers[row]);
    tree.impurity.push_back(nodes["impurity"].numbers[row]);
    tree.gain.push_back(nodes["gain"].numbers[row]);
  }
  return Tree::make(std::move(tree), num_features);
}

Result<std::vector<Tree>> trees_of(const Table& nodes, const Path& folder, std::size_t num_trees,
                                   const Forest& forest) {
  std::vector<Tree> trees;
  const auto& ids = nodes["tree"].integers;
  for (std::size_t begin = 0, end = 0; begin < ids.size(); begin = end) {
    while (end < ids.size() && ids[end] == ids[begin]) ++end;
    if (ids[begin] != static_cast<std::int64_t>(trees.size()) || trees.size() == num_trees)
      return bad_model(folder,
                       "it has nodes of a tree " + std::to_string(ids[begin]) + ", but " +
                           (trees.size() == num_trees ? "only " + std::to_string(num_trees) + " trees"
                                                      : "none of tree " + std::to_string(trees.size())));
    auto tree = tree_of(nodes, begin, end, forest.num_features, forest.num_classes);
    if (!tree) return bad_model(folder, "tree " + std::to_string(trees.size()) + ": " + tree.error().message);
    trees.push_back(std::move(*tree));
  }
  if (trees.size() != num_trees)
    return bad_model(folder, "it says that it has " + std::to_string(num_trees) + " trees, but there are " +
                                 std::to_string(trees.size()));
  return trees;
}

// treeID, metadata, weights until Spark 4.0; since 4.1 _1, _2, _3, to be taken by position.
Result<std::vector<std::string>> read_tree_uids(const Path& folder, std::size_t num_trees, Tables& tables) {
  CHURNSTREAM_TRY_ASSIGN(const std::vector<Path> files, data_files(folder / "treesMetadata"));
  const std::string from = parquet_files(files);
  CHURNSTREAM_TRY_ASSIGN(const std::vector<std::string> names, column_names(tables, from, folder));
  const bool by_name =
      has_column(names, "treeID") && has_column(names, "metadata") && has_column(names, "weights");
  if (!by_name && names.size() < 3)
    return bad_model(folder, "its treesMetadata has fewer than three columns");
  const std::string id = by_name ? "treeID" : sql_name(names[0]);
  const std::string text = by_name ? "metadata" : sql_name(names[1]);
  CHURNSTREAM_TRY_ASSIGN(const Table table,
                         read_model_table(tables,
                                          "SELECT " + id + "::BIGINT AS id, " + text +
                                              "::VARCHAR AS metadata FROM " + from + " ORDER BY 1",
                                          folder));
  if (table.num_rows() != num_trees)
    return bad_model(folder, "it says that it has " + std::to_string(num_trees) +
                                 " trees, but treesMetadata has " + std::to_string(table.num_rows()));
  std::vector<std::string> uids;
  for (std::size_t row = 0; row < num_trees; ++row) {
    if (table["id"].is_null[row] != 0 || table["id"].integers[row] != static_cast<std::int64_t>(row))
      return bad_model(folder, "its treesMetadata has no tree " + std::to_string(row));
    CHURNSTREAM_TRY_ASSIGN(const StageMetadata of_tree,
                           parse_metadata(table["metadata"].texts[row], (folder / "treesMetadata").string() +
                                                                            ", tree " + std::to_string(row)));
    if (of_tree.class_name != kTreeClass)
      return bad_model(folder, "tree " + std::to_string(row) + " is a " + of_tree.class_name.substr(0, 200));
    uids.push_back(of_tree.uid);
  }
  return uids;
}

std::vector<TableColumn> node_columns(const Forest& forest) {
  std::vector<TableColumn> columns;
  columns.push_back({.name = "tree"});
  for (const NodeField& field : kNodeFields) {
    const std::string_view type = field.sql_type;
    columns.push_back({.name = field.name,
                       .type = type == "BIGINT"   ? CellType::integer
                               : type == "DOUBLE" ? CellType::number
                                                  : CellType::number_list});
  }
  for (std::size_t index = 0; index < forest.trees.size(); ++index) {
    const Tree& tree = forest.trees[index];
    for (std::size_t node = 0; node < tree.num_nodes(); ++node) {
      const Split& split = tree.split[node];
      const bool is_leaf = tree.is_leaf(node);
      std::vector<double> values;
      if (!is_leaf) values = split.is_continuous() ? std::vector{split.threshold} : split.left_categories;
      auto column = columns.begin();
      (column++)->add(static_cast<std::int64_t>(index));
      (column++)->add(static_cast<std::int64_t>(node));
      (column++)->add(tree.prediction[node]);
      (column++)->add(tree.impurity[node]);
      (column++)->add(tree.node_stats(node));
      (column++)->add(tree.raw_count[node]);
      (column++)->add(tree.gain[node]);
      (column++)->add(static_cast<std::int64_t>(tree.left[node]));
      (column++)->add(static_cast<std::int64_t>(tree.right[node]));
      (column++)->add(static_cast<std::int64_t>(tree.feature[node]));
      (column++)->add(std::span<const double>(values));
      (column++)->add(static_cast<std::int64_t>(is_leaf ? -1 : split.num_categories));
    }
  }
  return columns;
}

Result<void> write_nodes(const Path& folder, const Forest& forest, Tables& tables) {
  const std::string table = forest.uid + " nodes";
  CHURNSTREAM_TRY(tables.add_table(table, node_columns(forest)));
  std::string fields, split_fields, spark_fields, spark_split_fields;
  const bool is_forest = forest.kind == PredictorKind::random_forest_classifier;
  for (const NodeField& field : kNodeFields) {
    const std::string value = std::string(field.name) + "::" + field.file_type;
    const bool nullable = std::string_view(field.spark_type) == kNumbers;
    std::string& sql = field.is_of_split ? split_fields : fields;
    const bool is_packed = field.is_of_split || is_forest;
    sql += (sql.empty() ? "" : ", ") +
           (is_packed ? field.name + std::string(" := ") + value : value + " AS " + field.name);
    std::string& spark = field.is_of_split ? spark_split_fields : spark_fields;
    spark += (spark.empty() ? "" : ",") + spark_field(field.name, field.spark_type, nullable);
  }
  const std::string split = "struct_pack(" + split_fields + ")";
  spark_fields +=
      "," + spark_field("split", R"({"type":"struct","fields":[)" + spark_split_fields + "]}", true);
  std::string select = "SELECT " + fields + ", " + split + " AS split";
  if (is_forest) {
    select = "SELECT tree::INTEGER AS \"treeID\", struct_pack(" + fields + ", split := " + split +
             ") AS \"nodeData\"";
    spark_fields = spark_field("treeID", R"("integer")", false) + "," +
                   spark_field("nodeData", R"({"type":"struct","fields":[)" + spark_fields + "]}", true);
  }
  CHURNSTREAM_TRY_ASSIGN(const Path file, new_data_file(folder, "data", forest.uid));
  return tables.write_parquet(select + " FROM " + sql_name(table), file, spark_footer(spark_fields));
}

// Each tree has metadata of its own, with the params that a single tree knows.
Result<void> write_trees_metadata(const Path& folder, const Forest& forest, Tables& tables) {
  std::vector<TableColumn> columns{
      {"treeID", CellType::integer}, {"metadata", CellType::text}, {"weights", CellType::number}};
  for (std::size_t index = 0; index < forest.trees.size(); ++index) {
    const StageMetadata metadata{.class_name = kTreeClass,
                                 .uid = forest.tree_uids[index],
                                 .params = writable_params(forest.saved_params(), tree_param_list())};
    columns[0].add(static_cast<std::int64_t>(index));
    columns[1].add(metadata_text(metadata, 0));
    columns[2].add(1.0);
  }
  const std::string table = forest.uid + " trees";
  CHURNSTREAM_TRY(tables.add_table(table, columns));
  CHURNSTREAM_TRY_ASSIGN(const Path file, new_data_file(folder, "treesMetadata", forest.uid));
  return tables.write_parquet(
      "SELECT \"treeID\"::INTEGER AS \"treeID\", metadata, weights FROM " + sql_name(table), file,
      spark_footer(spark_field("treeID", R"("integer")", false) + "," +
                   spark_field("metadata", R"("string")", true) + "," +
                   spark_field("weights", R"("double")", false)));
}

}  // namespace

bool is_forest_class(std::string_view class_name) {
  return class_name == kForestClass || class_name == kTreeClass;
}

Result<Forest> read_forest(const Path& folder, const StageMetadata& metadata, Tables& tables) {
  Forest forest;
  const bool is_forest = metadata.class_name == kForestClass;
  forest.kind = is_forest ? PredictorKind::random_forest_classifier : PredictorKind::decision_tree_classifier;
  forest.uid = metadata.uid;
  forest.params = metadata.params;
  CHURNSTREAM_TRY(check_params(forest.params, forest.param_list(), forest.uid));
  CHURNSTREAM_TRY_ASSIGN(const std::int64_t num_features,
                         extra_count(metadata, "numFeatures", 0, kFeaturesMax));
  CHURNSTREAM_TRY_ASSIGN(const std::int64_t num_classes, extra_count(metadata, "numClasses", 1, kClassesMax));
  forest.num_features = static_cast<std::size_t>(num_features);
  forest.num_classes = static_cast<std::size_t>(num_classes);
  std::size_t num_trees = 1;
  forest.tree_uids = {forest.uid};
  if (is_forest) {
    CHURNSTREAM_TRY_ASSIGN(const std::int64_t count, extra_count(metadata, "numTrees", 1, kTreesMax));
    num_trees = static_cast<std::size_t>(count);
    CHURNSTREAM_TRY_ASSIGN(forest.tree_uids, read_tree_uids(folder, num_trees, tables));
  }
  if (const nlohmann::json& thresholds = forest.params.get("thresholds"); !thresholds.is_null())
    for (const nlohmann::json& threshold : thresholds) forest.thresholds.push_back(number_of(threshold));
  CHURNSTREAM_TRY_ASSIGN(const Table nodes, read_nodes(folder, is_forest, tables));
  CHURNSTREAM_TRY_ASSIGN(forest.trees, trees_of(nodes, folder, num_trees, forest));
  auto made = Forest::make(std::move(forest));
  if (!made) return bad_model(folder, made.error().message);
  return made;
}

Result<void> write_forest(const Path& folder, const Forest& forest, Tables& tables) {
  const bool is_forest = forest.kind == PredictorKind::random_forest_classifier;
  StageMetadata metadata{.class_name = forest.class_name(),
                         .uid = forest.uid,
                         .params = writable_params(forest.saved_params(), forest.param_list())};
  metadata.extra["numFeatures"] = forest.num_features;
  metadata.extra["numClasses"] = forest.num_classes;
  if (is_forest) metadata.extra["numTrees"] = forest.trees.size();
  CHURNSTREAM_TRY(write_metadata(folder, metadata));
  CHURNSTREAM_TRY(write_nodes(folder, forest, tables));
  return is_forest ? write_trees_metadata(folder, forest, tables) : Result<void>();
}

}  // namespace churnstream
