// What a look at a folder finds that somebody wants to write into: whether it is there, whether we may, and
// whether there is room. Changes nothing; any thread.
#pragma once

#include "base/file.h"
#include "data/finding.h"

namespace churnstream {

enum class MissingFolder { is_made, is_bad };
void look_at_folder(const Path& folder, MissingFolder missing, Findings& found);
// The same of the folder in which a file stands or would be made.
Findings look_at_file_place(const Path& file);

}  // namespace churnstream
