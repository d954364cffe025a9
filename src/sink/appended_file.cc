#include "sink/appended_file.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <utility>

#include "data/checkpoint_text.h"

namespace churnstream {
namespace {

constexpr std::uint64_t kNoteBytesMax = 64 << 20;

void close_if_open(int& descriptor) {
  if (descriptor >= 0) ::close(std::exchange(descriptor, -1));
}

}  // namespace

Path AppendedFile::beside(const char* ending) const {
  Path path = path_;
  return path += ending;
}

Result<void> AppendedFile::open() {
  close();
  Result<void> opened = lock();
  if (opened) opened = read_note();
  if (opened) opened = cut_to_what_counts();
  if (!opened) close();
  return opened;
}

Result<void> AppendedFile::lock() {
  const Path path = beside(".lock");
  lock_ = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
  if (lock_ < 0) return wrong("opening", path_.string(), errno_text(), "does its folder exist?");
  if (::flock(lock_, LOCK_EX | LOCK_NB) != 0)
    return wrong("opening", path_.string(), "another process is writing it");
  return {};
}

// {"length":123,"position":{"identity":{...},"next":[...]}}, and "next":true while PATH.next is to take the
// place of the file.
Result<void> AppendedFile::read_note() {
  length_ = 0;
  position_ = {};
  const Path note = beside(".position");
  if (!std::filesystem::exists(note)) {
    if (std::filesystem::exists(path_))
      return wrong("opening", path_.string(), "it is there, and no note beside it says that we wrote it",
                   "move it away or choose another path");
    // The note comes first, so that a file without one is never ours.
    return write_note(0, {});
  }
  CHURNSTREAM_TRY_ASSIGN(const std::string bytes, read_file(note, kNoteBytesMax));
  const nlohmann::json json = nlohmann::json::parse(bytes, nullptr, false);
  if (!json.is_object() || !json.contains("length") || !json["length"].is_number_unsigned() ||
      !json.contains("position"))
    return wrong("reading", note.string(), "it is not in our format");
  auto position = checkpoint_from_text(json["position"].dump());
  if (!position) return wrong("reading", note.string(), position.error().message);
  length_ = json["length"].get<std::uint64_t>();
  position_ = *std::move(position);
  is_taking_next_ = json.contains("next");
  if (is_taking_next_) return finish_taking_next();
  std::error_code ignored;
  std::filesystem::remove(next_path(), ignored);
  return {};
}

Result<void> AppendedFile::take_next() {
  std::error_code problem;
  const std::uint64_t length = std::filesystem::file_size(next_path(), problem);
  if (problem) return failed("reading", next_path().string(), problem.message());
  CHURNSTREAM_TRY(write_note(length, position_, true));
  is_taking_next_ = true;
  length_ = length;
  CHURNSTREAM_TRY(finish_taking_next());
  return cut_to_what_counts();
}

// The file is put in its place, which may have happened already; then the note means it again.
Result<void> AppendedFile::finish_taking_next() {
  std::error_code ignored;
  if (std::filesystem::exists(next_path(), ignored)) {
    if (std::rename(next_path().c_str(), path_.c_str()) != 0)
      return failed("moving into place", path_.string(), errno_text());
    CHURNSTREAM_TRY(sync_to_disk(path_.parent_path()));
  }
  CHURNSTREAM_TRY(write_note(length_, position_));
  is_taking_next_ = false;
  return {};
}

Result<void> AppendedFile::cut_to_what_counts() {
  close_if_open(file_);
  file_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
  if (file_ < 0) return wrong("opening", path_.string(), errno_text());
  const off_t there = ::lseek(file_, 0, SEEK_END);
  if (there < 0) return wrong("opening", path_.string(), errno_text(), "it must be a plain file");
  if (static_cast<std::uint64_t>(there) < length_)
    return wrong("opening", path_.string(), "it is shorter than the note beside it says: somebody cut it",
                 "move the file and its .position away to write both anew");
  if (::ftruncate(file_, static_cast<off_t>(length_)) != 0)
    return wrong("opening", path_.string(), errno_text());
  has_stray_bytes_ = false;
  return {};
}

Result<void> AppendedFile::append(std::string_view bytes, const Checkpoint& after) {
  if (is_taking_next_) {
    CHURNSTREAM_TRY(finish_taking_next());
    CHURNSTREAM_TRY(cut_to_what_counts());
  }
  if (has_stray_bytes_ && ::ftruncate(file_, static_cast<off_t>(length_)) != 0)
    return failed("writing", path_.string(), errno_text());
  has_stray_bytes_ = true;
  std::uint64_t length = length_;
  while (!bytes.empty()) {
    const ssize_t count = ::pwrite(file_, bytes.data(), bytes.size(), static_cast<off_t>(length));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("writing", path_.string(), errno_text());
    bytes.remove_prefix(static_cast<std::size_t>(count));
    length += static_cast<std::uint64_t>(count);
  }
  if (length != length_ && ::fdatasync(file_) != 0) return failed("writing", path_.string(), errno_text());
  Checkpoint position = position_;
  for (const auto& [partition, next] : after.next) position.next[partition] = next;
  for (const auto& [topic, identity] : after.identity) position.identity[topic] = identity;
  CHURNSTREAM_TRY(write_note(length, position));
  length_ = length;
  position_ = std::move(position);
  has_stray_bytes_ = false;
  return {};
}

Result<void> AppendedFile::write_note(std::uint64_t length, const Checkpoint& position, bool is_next) const {
  return write_file_atomically(beside(".position"), "{\"length\":" + std::to_string(length) +
                                                        ",\"position\":" + checkpoint_as_text(position) +
                                                        (is_next ? ",\"next\":true}\n" : "}\n"));
}

void AppendedFile::close() noexcept {
  close_if_open(file_);
  close_if_open(lock_);
}

}  // namespace churnstream
