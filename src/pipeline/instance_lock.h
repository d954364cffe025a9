// Who we are on this machine: the host's name and a slot of the state folder, held by a file lock for as long
// as the object lives; the kernel frees it when the process dies, however it dies. One thread.
#pragma once

#include <string>

#include "base/file.h"

namespace churnstream {

class InstanceLock {
 public:
  // Takes the first free of `slots_max` slots; `wrong` when all are held. `name` replaces the host's name
  // where it is not empty.
  static Result<InstanceLock> take(const Path& state_folder, const std::string& name, int slots_max);

  InstanceLock(InstanceLock&& other) noexcept;
  InstanceLock& operator=(InstanceLock&&) = delete;
  ~InstanceLock();

  const std::string& instance() const { return instance_; }  // "host-0"

 private:
  InstanceLock(int descriptor, std::string instance)
      : descriptor_(descriptor), instance_(std::move(instance)) {}
  int descriptor_;
  std::string instance_;
};

}  // namespace churnstream
