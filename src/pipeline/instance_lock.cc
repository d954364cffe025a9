#include "pipeline/instance_lock.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <unistd.h>

#include <utility>

namespace churnstream {
namespace {

std::string host_name() {
  char name[256] = "host";
  ::gethostname(name, sizeof name - 1);
  return name;
}

}  // namespace

Result<InstanceLock> InstanceLock::take(const Path& state_folder, const std::string& name, int slots_max) {
  CHURNSTREAM_TRY(make_folders(state_folder));
  for (int slot = 0; slot < slots_max; ++slot) {
    const Path path = state_folder / fmt::format("slot-{}.lock", slot);
    const int descriptor = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (descriptor < 0) return wrong("taking the lock", path.string(), errno_text());
    if (::flock(descriptor, LOCK_EX | LOCK_NB) == 0)
      return InstanceLock(descriptor, fmt::format("{}-{}", name.empty() ? host_name() : name, slot));
    ::close(descriptor);
  }
  return wrong("taking a slot in", state_folder.string(),
               "another churnstream is running on this state folder",
               "stop it, or give this one its own [run] state_dir");
}

InstanceLock::InstanceLock(InstanceLock&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), instance_(std::move(other.instance_)) {}

InstanceLock::~InstanceLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace churnstream
