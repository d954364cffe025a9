// VectorAssembler: params only, no data folder.
#include "feature/vector_assembler.h"

#include "model/spark_format/stage_format.h"

namespace churnstream {

const StageFormat kVectorAssemblerFormat{
    "org.apache.spark.ml.feature.VectorAssembler",
    [](const Path&, const StageMetadata& metadata, Tables&) -> Result<StagePointer> {
      return VectorAssembler::make(metadata.uid, metadata.params);
    },
    [](const Path&, const FeatureStage&, Tables&) -> Result<void> { return {}; }};

}  // namespace churnstream
