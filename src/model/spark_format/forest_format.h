// RandomForestClassificationModel and DecisionTreeClassificationModel as they lie on disk, of every Spark
// since 2.0: data/ with one row per node, and for a forest treesMetadata/ with one row per tree.
//
// Source: org.apache.spark.ml.tree.{DecisionTreeModelReadWrite, EnsembleModelReadWrite}.
#pragma once

#include "model/forest.h"
#include "model/spark_format/metadata.h"
#include "table/duckdb_table.h"

namespace churnstream {

bool is_forest_class(std::string_view class_name);

// The predictor saved in `folder`, whose metadata was read already. Everything is checked.
Result<Forest> read_forest(const Path& folder, const StageMetadata& metadata, Tables& tables);

// Metadata and data into a new folder.
Result<void> write_forest(const Path& folder, const Forest& forest, Tables& tables);

}  // namespace churnstream
