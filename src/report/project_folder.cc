#include "report/project_folder.h"

#include <fmt/format.h>
#include <unistd.h>

#include <nlohmann/json.hpp>
#include <optional>

#include "base/sha256.h"

namespace churnstream {
namespace {

using nlohmann::ordered_json;

constexpr const char* kList = "churnstream.json";
constexpr const char* kDoing = "writing a project into";
using Hashes = std::map<std::string, std::string>;

std::string list_text(const ProjectFiles& files, const std::string& writer) {
  ordered_json list{{"written_by", writer}, {"files", ordered_json::object()}};
  for (const auto& [name, bytes] : files) list["files"][name] = sha256_hex(bytes);
  return list.dump(2) + "\n";
}

// A list that somebody else wrote must not lead us out of the folder.
bool stays_inside(const Path& path) {
  for (const Path& part : path)
    if (part == "..") return false;
  return !path.empty() && path.is_relative();
}

// What `writer` wrote there; nothing when it did not.
std::optional<Hashes> read_list(const Path& folder, const std::string& writer) {
  const Result<std::string> text = read_file(folder / kList, 1 << 20);
  const ordered_json list = text ? ordered_json::parse(*text, nullptr, false) : ordered_json();
  if (!list.is_object() || !list.contains("files") || !list["files"].is_object() ||
      list.value("written_by", ordered_json()) != writer)
    return std::nullopt;
  Hashes hashes;
  for (const auto& [name, hash] : list["files"].items()) {
    if (!hash.is_string() || !stays_inside(name)) return std::nullopt;
    hashes[name] = hash.get<std::string>();
  }
  return hashes;
}

Result<void> write_all(const Path& folder, const ProjectFiles& files) {
  for (const auto& [name, bytes] : files) {
    if (const auto there = read_file(folder / name); there && *there == bytes) continue;
    CHURNSTREAM_TRY(make_folders((folder / name).parent_path()));
    CHURNSTREAM_TRY(write_file_atomically(folder / name, bytes));
  }
  return {};
}

// Under another name first, so that nobody meets half a project.
Result<void> make(const Path& folder, const ProjectFiles& files, const std::string& list) {
  const Path parent = folder.has_parent_path() ? folder.parent_path() : Path(".");
  CHURNSTREAM_TRY(make_folders(parent));
  std::string place = (parent / ("." + folder.filename().string() + ".XXXXXX")).string();
  if (::mkdtemp(place.data()) == nullptr) return failed(kDoing, folder.string(), errno_text());
  std::error_code error;
  std::filesystem::permissions(place, std::filesystem::perms(0755), error);
  Result<void> done = write_all(place, files);
  if (done) done = write_file_atomically(Path(place) / kList, list);
  if (done) {
    std::filesystem::rename(place, folder, error);
    if (error) done = failed(kDoing, folder.string(), error.message());
  }
  if (!done) std::filesystem::remove_all(place, error);
  return done;
}

// A file of ours counts as edited unless it is what we wrote last, or what we write now.
Result<void> check(const Path& folder, const ProjectFiles& files, const Hashes& ours, EditedFiles edited) {
  std::map<std::string, const std::string*> concerned;
  for (const auto& [name, hash] : ours) concerned[name] = nullptr;
  for (const auto& [name, bytes] : files) concerned[name] = &bytes;
  for (const auto& [name, bytes] : concerned) {
    std::error_code error;
    if (!std::filesystem::exists(std::filesystem::symlink_status(folder / name, error))) continue;
    const Result<std::string> there = read_file(folder / name);
    if (there && bytes != nullptr && *there == *bytes) continue;
    const auto known = ours.find(name);
    if (known == ours.end() || !there)
      return wrong(kDoing, folder.string(), name + " is there and is not ours",
                   "move it away, or choose another --out");
    if (edited == EditedFiles::are_kept && sha256_hex(*there) != known->second)
      return wrong(kDoing, folder.string(), name + " was edited since we wrote it",
                   "keep the edited project and choose another --out, or replace what was edited with "
                   "--force");
  }
  return {};
}

void remove_stale(const Path& folder, const ProjectFiles& files, const Hashes& ours) {
  std::error_code ignored;
  for (const auto& [name, hash] : ours) {
    if (files.contains(name)) continue;
    std::filesystem::remove(folder / name, ignored);
    // Folders that are empty by now; one that is not stays.
    for (Path parent = Path(name).parent_path(); !parent.empty(); parent = parent.parent_path())
      if (!std::filesystem::remove(folder / parent, ignored)) break;
  }
}

}  // namespace

Result<void> write_project_folder(const Path& folder, const ProjectFiles& files, const std::string& writer,
                                  EditedFiles edited) {
  std::error_code error;
  Path place = std::filesystem::absolute(folder, error).lexically_normal();
  if (!place.has_filename()) place = place.parent_path();  // "out/"
  const std::string list = list_text(files, writer);
  const auto status = std::filesystem::status(place, error);
  if (!std::filesystem::exists(status)) return make(place, files, list);
  if (!std::filesystem::is_directory(status))
    return wrong(kDoing, folder.string(), "it is there and is no folder", "choose another --out");

  CHURNSTREAM_TRY_ASSIGN(const auto names, list_folder(place));
  const std::optional<Hashes> ours = names.empty() ? Hashes() : read_list(place, writer);
  if (!ours)
    return wrong(
        kDoing, folder.string(),
        fmt::format("it holds other files, {} the first, and {} did not write it", names.front(), writer),
        "choose a folder that is empty or not there yet");
  CHURNSTREAM_TRY(check(place, files, *ours, edited));
  CHURNSTREAM_TRY(write_all(place, files));
  remove_stale(place, files, *ours);
  return write_file_atomically(place / kList, list);
}

}  // namespace churnstream
