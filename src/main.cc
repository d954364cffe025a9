// The program's front door: command/ does the rest.
#include <malloc.h>

#include <algorithm>
#include <thread>

#include "command/main_command.h"

namespace {

// glibc keeps up to eight heaps a core, and what one thread frees another heap cannot use. One a core is as
// fast and took 5 MB off a stream from Kafka to Kafka (scripts/bench kafka-memory).
void keep_few_heaps() {
  ::mallopt(M_ARENA_MAX, static_cast<int>(std::max(2u, std::thread::hardware_concurrency())));
}

}  // namespace

int main(int argc, char** argv) {
  keep_few_heaps();
  return churnstream::run_program(argc, argv);
}
