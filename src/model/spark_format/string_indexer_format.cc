// StringIndexerModel: data/ holds one row, `labelsArray`, with one list of labels per input column. Before
// Spark 3 there was one column and one list, `labels`.
//
// Source: org.apache.spark.ml.feature.StringIndexerModel.StringIndexModelWriter.
#include "base/sql_text.h"
#include "feature/string_indexer.h"
#include "model/spark_format/stage_format.h"

namespace churnstream {
namespace {

Result<StagePointer> read_string_indexer(const Path& folder, const StageMetadata& metadata, Tables& tables) {
  CHURNSTREAM_TRY_ASSIGN(const std::vector<Path> files, data_files(folder / "data"));
  const std::string from = parquet_files(files);
  CHURNSTREAM_TRY_ASSIGN(const std::vector<std::string> names, column_names(tables, from, folder));
  const bool is_old = !has_column(names, "labelsArray");
  CHURNSTREAM_TRY_ASSIGN(const Table count,
                         read_model_table(tables, "SELECT count(*) AS rows FROM " + from, folder));
  if (count["rows"].integers[0] != 1)
    return wrong("reading the model", folder.string(), "its data is not one row");
  const std::string select = is_old ? "SELECT labels::VARCHAR[] AS labels FROM " + from
                                    : "SELECT unnest(labelsArray::VARCHAR[][]) AS labels FROM " + from;
  CHURNSTREAM_TRY_ASSIGN(const Table table, read_model_table(tables, select, folder));
  std::vector<std::vector<std::string>> labels;
  for (std::size_t row = 0; row < table.num_rows(); ++row) {
    const auto of_column = table["labels"].text_list(row);
    labels.emplace_back(of_column.begin(), of_column.end());
  }
  return StringIndexerModel::make(metadata.uid, metadata.params, std::move(labels));
}

Result<void> write_string_indexer(const Path& folder, const FeatureStage& stage, Tables& tables) {
  const auto& indexer = static_cast<const StringIndexerModel&>(stage);
  std::vector<TableColumn> columns{{"place", CellType::integer}, {"labels", CellType::text_list}};
  for (std::size_t column = 0; column < indexer.columns().in.size(); ++column) {
    columns[0].add(static_cast<std::int64_t>(column));
    columns[1].add(indexer.labels(column));
  }
  CHURNSTREAM_TRY(tables.add_table(indexer.uid(), columns));
  CHURNSTREAM_TRY_ASSIGN(const Path file, new_data_file(folder, "data", indexer.uid()));
  constexpr const char* kType =
      R"({"type":"array","elementType":{"type":"array","elementType":"string","containsNull":true},"containsNull":true})";
  return tables.write_parquet(
      "SELECT list(labels ORDER BY place) AS \"labelsArray\" FROM " + sql_name(indexer.uid()), file,
      spark_footer(spark_field("labelsArray", kType, true)));
}

}  // namespace

const StageFormat kStringIndexerFormat{"org.apache.spark.ml.feature.StringIndexerModel", read_string_indexer,
                                       write_string_indexer};

}  // namespace churnstream
