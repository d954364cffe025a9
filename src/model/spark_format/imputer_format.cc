// ImputerModel: data/ holds one row with one DOUBLE column per input column, named like it.
//
// Source: org.apache.spark.ml.feature.ImputerModel.ImputeModelWriter.
#include "base/sql_text.h"
#include "feature/imputer.h"
#include "model/spark_format/stage_format.h"

namespace churnstream {
namespace {

Result<StagePointer> read_imputer(const Path& folder, const StageMetadata& metadata, Tables& tables) {
  // The params say which columns to ask the file for, so they are looked at before make() does.
  const ParamList& list = (*fixed_imputer({.columns = {{"in"}, {"out"}}}, {0}))->param_list();
  CHURNSTREAM_TRY(check_params(metadata.params, list, metadata.uid));
  CHURNSTREAM_TRY_ASSIGN(const StageColumns columns, stage_columns(metadata.params, metadata.uid));
  CHURNSTREAM_TRY_ASSIGN(const std::vector<Path> files, data_files(folder / "data"));
  std::string select;
  for (std::size_t index = 0; index < columns.in.size(); ++index)
    select += (index == 0 ? "SELECT " : ", ") + sql_name(columns.in[index]) + "::DOUBLE AS c" +
              std::to_string(index);
  CHURNSTREAM_TRY_ASSIGN(const Table table,
                         read_model_table(tables, select + " FROM " + parquet_files(files), folder));
  if (table.num_rows() != 1) return wrong("reading the model", folder.string(), "its data is not one row");
  std::vector<double> surrogates;
  for (const TableColumn& column : table.columns) {
    if (column.is_null[0] != 0) return wrong("reading the model", folder.string(), "a surrogate is null");
    surrogates.push_back(column.numbers[0]);
  }
  return ImputerModel::make(metadata.uid, metadata.params, std::move(surrogates));
}

Result<void> write_imputer(const Path& folder, const FeatureStage& stage, Tables& tables) {
  const auto& imputer = static_cast<const ImputerModel&>(stage);
  std::vector<TableColumn> columns;
  std::string fields;
  for (std::size_t index = 0; index < imputer.surrogates().size(); ++index) {
    TableColumn& column = columns.emplace_back();
    column.name = imputer.columns().in[index];
    column.type = CellType::number;
    column.add(imputer.surrogates()[index]);
    fields += (index == 0 ? "" : ",") + spark_field(column.name, R"("double")", false);
  }
  CHURNSTREAM_TRY(tables.add_table(imputer.uid(), columns));
  CHURNSTREAM_TRY_ASSIGN(const Path file, new_data_file(folder, "data", imputer.uid()));
  return tables.write_parquet("SELECT * FROM " + sql_name(imputer.uid()), file, spark_footer(fields));
}

}  // namespace

const StageFormat kImputerFormat{"org.apache.spark.ml.feature.ImputerModel", read_imputer, write_imputer};

}  // namespace churnstream
