// Threads carry their work for a name, so that `top -H`, a debugger and a profile say who is busy.
#pragma once

#include <pthread.h>

#include <string>

namespace churnstream {

// The kernel keeps fifteen letters; the rest is cut.
inline void name_this_thread(const std::string& work) {
  ::pthread_setname_np(::pthread_self(), work.substr(0, 15).c_str());
}

}  // namespace churnstream
