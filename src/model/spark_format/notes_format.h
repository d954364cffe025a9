// churnstream.json beside Spark's metadata/: what we know of a model and Spark has no place for. Spark
// ignores the file. Drawn in docs/formats/model.md.
#pragma once

#include <optional>

#include "model/pipeline_model.h"

namespace churnstream {

// Nothing when the directory has no such file.
Result<std::optional<ModelNotes>> read_notes(const Path& model);
Result<void> write_notes(const Path& model, const ModelNotes& notes);

Result<ModelNotes> parse_notes(std::string_view text, std::string_view where);
std::string notes_text(const ModelNotes& notes);

}  // namespace churnstream
