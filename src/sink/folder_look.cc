#include "sink/folder_look.h"

#include <fmt/format.h>
#include <unistd.h>

namespace churnstream {
namespace {

constexpr std::uint64_t kLittleRoom = std::uint64_t{1} << 30;

// The folder itself, or the nearest one above it that is there.
Path nearest_there(Path folder) {
  std::error_code ignored;
  while (!std::filesystem::exists(folder, ignored) && folder.has_relative_path())
    folder = folder.parent_path();
  return folder;
}

}  // namespace

void look_at_folder(const Path& folder, MissingFolder missing, Findings& found) {
  const Path whole = std::filesystem::absolute(folder).lexically_normal();
  const Path there = nearest_there(whole);
  std::error_code error;
  if (!std::filesystem::is_directory(there, error))
    return found.bad(fmt::format("{} is no folder.", there.string()), "choose another path");
  if (there != whole && missing == MissingFolder::is_bad)
    return found.bad(fmt::format("The folder {} is not there.", whole.string()),
                     fmt::format("mkdir -p {}", whole.string()));
  if (::access(there.c_str(), W_OK | X_OK) != 0)
    return found.bad(fmt::format("The folder {} cannot be written: {}.", there.string(), errno_text()),
                     "give this user the right to write it, or choose another path");
  found.fine(fmt::format("The folder {} {}.", whole.string(),
                         there == whole ? "is there and may be written" : "is not there and would be made"));
  const std::filesystem::space_info space = std::filesystem::space(there, error);
  if (error || space.available >= kLittleRoom) return;
  found.odd(fmt::format("Its disk has {} MB left.", space.available / 1'000'000),
            "make room: a full disk stops what is required, without a loss");
}

Findings look_at_file_place(const Path& file) {
  Findings found;
  look_at_folder(file.has_parent_path() ? file.parent_path() : Path("."), MissingFolder::is_bad, found);
  std::error_code ignored;
  if (!std::filesystem::exists(file, ignored)) {
    found.fine(fmt::format("{} is not there and would be made.", file.string()));
  } else if (::access(file.c_str(), R_OK | W_OK) != 0) {
    found.bad(fmt::format("{} cannot be read and written: {}.", file.string(), errno_text()),
              "give this user the right to, or choose another path");
  } else {
    found.fine(
        fmt::format("{} is there, {} bytes.", file.string(), std::filesystem::file_size(file, ignored)));
  }
  return found;
}

}  // namespace churnstream
