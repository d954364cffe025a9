// Files, whole or written safely. Errors name the path and what the system said. Any thread.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace churnstream {

using Path = std::filesystem::path;

// The whole file. An error beyond `bytes_max`, so that a hostile file cannot fill the memory.
Result<std::string> read_file(const Path& path, std::uint64_t bytes_max = std::uint64_t{1} << 30);

// Writes beside the target under a temporary name, fsyncs, renames, fsyncs the folder: readers see the old or
// the new bytes, never half. `owner_only` makes the file 0600.
Result<void> write_file_atomically(const Path& path, std::string_view bytes, bool owner_only = false);

Result<void> make_folders(const Path& path);

// A file's bytes, or the names in a folder, are on the disk when it returns without an error.
Result<void> sync_to_disk(const Path& path);

// The names in a folder, sorted; an error when it is none.
Result<std::vector<std::string>> list_folder(const Path& path);

// What errno says, as words.
std::string errno_text();

}  // namespace churnstream
