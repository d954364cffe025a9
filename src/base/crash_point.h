// Places where a test may let the process die at once, as by SIGKILL. Nothing at all in an ordinary build;
// with CHURNSTREAM_CRASH_POINTS the environment variable CHURNSTREAM_CRASH_AT=name:n ends the process the
// n-th time that place is passed. Any thread.
#pragma once

namespace churnstream {

#ifdef CHURNSTREAM_CRASH_POINTS
void crash_point(const char* name);
#else
inline void crash_point(const char*) {}
#endif

}  // namespace churnstream
