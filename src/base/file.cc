#include "base/file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

namespace churnstream {
namespace {

// Owns a file descriptor for the length of one function.
struct Descriptor {
  explicit Descriptor(int opened) : number(opened) {}
  ~Descriptor() {
    if (number >= 0) ::close(number);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int number;
};

Result<void> write_all(int descriptor, std::string_view bytes, const Path& path) {
  while (!bytes.empty()) {
    const ssize_t written = ::write(descriptor, bytes.data(), bytes.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return failed("writing", path.string(), errno_text());
    bytes.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

}  // namespace

std::string errno_text() { return std::generic_category().message(errno); }

Result<std::string> read_file(const Path& path, std::uint64_t bytes_max) {
  const Descriptor descriptor(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.number < 0) return failed("reading", path.string(), errno_text());
  std::string bytes;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t count = ::read(descriptor.number, buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return failed("reading", path.string(), errno_text());
    if (count == 0) return bytes;
    if (bytes.size() + static_cast<std::size_t>(count) > bytes_max)
      return failed("reading", path.string(), "it is larger than " + std::to_string(bytes_max) + " bytes");
    bytes.append(buffer, static_cast<std::size_t>(count));
  }
}

Result<void> write_file_atomically(const Path& path, std::string_view bytes, bool owner_only) {
  Path temporary = path;
  temporary += ".tmp" + std::to_string(::getpid());
  const auto replace = [&]() -> Result<void> {
    {
      const Descriptor descriptor(
          ::open(temporary.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, owner_only ? 0600 : 0644));
      if (descriptor.number < 0) return failed("writing", path.string(), errno_text());
      CHURNSTREAM_TRY(write_all(descriptor.number, bytes, path));
      if (::fsync(descriptor.number) != 0) return failed("writing", path.string(), errno_text());
    }
    if (::rename(temporary.c_str(), path.c_str()) != 0) return failed("writing", path.string(), errno_text());
    return {};
  };
  if (const Result<void> replaced = replace(); !replaced) {
    ::unlink(temporary.c_str());  // a full disk would keep one of each try
    return replaced;
  }
  return sync_to_disk(path.parent_path());
}

Result<void> make_folders(const Path& path) {
  std::error_code problem;
  std::filesystem::create_directories(path, problem);
  if (problem) return failed("making the folder", path.string(), problem.message());
  return {};
}

Result<void> sync_to_disk(const Path& path) {
  const Descriptor descriptor(::open(path.empty() ? "." : path.c_str(), O_RDONLY | O_CLOEXEC));
  if (descriptor.number < 0 || ::fsync(descriptor.number) != 0)
    return failed("writing to the disk", path.string(), errno_text());
  return {};
}

Result<std::vector<std::string>> list_folder(const Path& path) {
  std::error_code problem;
  std::vector<std::string> names;
  for (std::filesystem::directory_iterator entry(path, problem), end; !problem && entry != end;
       entry.increment(problem))
    names.push_back(entry->path().filename().string());
  if (problem) return failed("listing", path.string(), problem.message());
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace churnstream
