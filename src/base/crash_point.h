// Places where a test may let the process die at once, as by SIGKILL, or stand still for a while, and bugs on
// purpose that the storm must notice. Nothing at all in an ordinary build. With CHURNSTREAM_CRASH_POINTS the
// environment says what happens: CHURNSTREAM_CRASH_AT=name:n ends the process the n-th time that place is
// passed, CHURNSTREAM_SLOW_AT=name:n:ms stands still there every n-th time, and CHURNSTREAM_BUG=name turns a
// bug on. Any thread.
#pragma once

namespace churnstream {

#ifdef CHURNSTREAM_CRASH_POINTS
void crash_point(const char* name);
bool seeded_bug(const char* name);
#else
inline void crash_point(const char*) {}
constexpr bool seeded_bug(const char*) { return false; }
#endif

}  // namespace churnstream
