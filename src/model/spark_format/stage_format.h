// How each feature stage that we know lies on disk: one .cc per class, and the list of them in
// stage_format.cc.
#pragma once

#include <memory>

#include "feature/feature_stage.h"
#include "model/spark_format/metadata.h"
#include "table/duckdb_table.h"

namespace churnstream {

using StagePointer = std::shared_ptr<const FeatureStage>;

struct StageFormat {
  const char* class_name;
  // The stage saved in `folder`, whose metadata was read already.
  Result<StagePointer> (*read)(const Path& folder, const StageMetadata& metadata, Tables& tables);
  // What lies beside the metadata. Needs: the stage is of this class.
  Result<void> (*write_data)(const Path& folder, const FeatureStage& stage, Tables& tables);
};

extern const StageFormat kStringIndexerFormat;
extern const StageFormat kImputerFormat;
extern const StageFormat kVectorAssemblerFormat;

// Null when we do not know the class.
const StageFormat* find_stage_format(std::string_view class_name);

// Metadata and data into a new folder. Needs: the class is known.
Result<void> write_stage(const Path& folder, const FeatureStage& stage, Tables& tables);

// One field of Spark's schema JSON: spark_field("treeID", R"("integer")", false).
std::string spark_field(std::string_view name, std::string_view type, bool nullable);

// What a SELECT answers; its errors name the folder and are `wrong`.
Result<Table> read_model_table(Tables& tables, const std::string& select, const Path& folder);
// The names of the columns of a FROM clause, in order.
Result<std::vector<std::string>> column_names(Tables& tables, const std::string& from, const Path& folder);
// Whether one of them is `name`, ignoring case as Spark does.
bool has_column(const std::vector<std::string>& names, std::string_view name);

}  // namespace churnstream
