// The program's front door: command/ does the rest.
#include <malloc.h>

#include <algorithm>
#include <thread>

#include "command/main_command.h"

namespace {

// glibc keeps up to eight heaps a core, and what one thread frees another heap cannot use. Fewer than this,
// and threads wait for each other's: with one a core a stream from Kafka to Kafka made half a million futex
// calls per million rows, with four a core sixteen thousand.
constexpr unsigned kHeapsPerCore = 4;

void keep_few_heaps() {
  ::mallopt(M_ARENA_MAX, static_cast<int>(kHeapsPerCore * std::max(1u, std::thread::hardware_concurrency())));
}

}  // namespace

int main(int argc, char** argv) {
  keep_few_heaps();
  return churnstream::run_program(argc, argv);
}
