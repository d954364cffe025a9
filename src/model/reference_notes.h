// What drift is measured against, as it stands in churnstream.json (docs/formats/model.md): how the columns
// were spread where the model learned, and its scores.
#pragma once

#include <cstdint>
#include <vector>

#include "data/column_reference.h"
#include "model/pipeline_model.h"

namespace churnstream {

nlohmann::json reference_json(const std::vector<ColumnReference>& columns);

// As far as a model has them; what is not as it should be is left out.
std::vector<ColumnReference> reference_columns(const ModelNotes& notes);
std::vector<std::uint64_t> reference_scores(const ModelNotes& notes);

}  // namespace churnstream
