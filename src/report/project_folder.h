// A folder of files that we write again and again while others work in it: Power BI Desktop saves into a
// project, people keep notes beside it. A list of what we wrote, with a hash of each file, lies in the folder
// as churnstream.json; by it we know our own files from others' and see which of ours were edited. One
// thread.
#pragma once

#include <map>
#include <string>

#include "base/file.h"

namespace churnstream {

// Bytes by path, relative to the folder, with '/'.
using ProjectFiles = std::map<std::string, std::string>;

enum class EditedFiles { are_kept, are_replaced };

// Makes the folder in one step, or brings one that `writer` ("churnstream powerbi") wrote up to date: files
// of ours that are no longer written go away. Others' files are neither replaced nor removed: wrong where one
// is in the way, where the folder holds files and is not ours, and where a file of ours was edited and is to
// be kept; then nothing is changed. When it fails on the way, the same call again finishes it.
Result<void> write_project_folder(const Path& folder, const ProjectFiles& files, const std::string& writer,
                                  EditedFiles edited);

}  // namespace churnstream
